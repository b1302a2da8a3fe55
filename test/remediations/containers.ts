/** Containers as recorded, from literals of what `docker inspect` would print. */
import { parse } from 'yaml';
import { collectFacts } from '../../agent/collect.ts';
import type { ContainerOptions } from '../../checks/check.ts';
import type { Container } from '../../facts/containers.ts';
import type { Facts } from '../../facts/index.ts';
import { recreateSteps } from '../../remediations/container-option.ts';
import { fakeHost, fakePolicy, type HostLiteral, type Literal } from '../fake-host.ts';

export async function factsOf(literal: HostLiteral): Promise<Partial<Facts>> {
  const { facts, missing } = await collectFacts(fakeHost(literal), {
    policy: fakePolicy(literal),
    wanted: ['containers', 'images', 'engine'],
    signal: AbortSignal.timeout(5000),
  });
  if (Object.keys(missing).length > 0) throw new Error(JSON.stringify(missing));
  return facts;
}

export async function containerOf(container: Literal, rest: HostLiteral = {}): Promise<{ container: Container; facts: Partial<Facts> }> {
  const facts = await factsOf({ ...rest, containers: [container, ...(rest.containers ?? [])] });
  const found = facts.containers?.containers.find(({ Id }) => Id.startsWith(String(container['Id'] ?? 'c0ffee')));
  if (found === undefined) throw new Error('no container');
  return { container: found, facts };
}

/** One that differs from the engine's defaults in nothing that matters here. */
export const bare: Literal = {
  Config: { User: '', Image: 'web:1', Env: [], Healthcheck: null },
  HostConfig: {
    CapDrop: null,
    SecurityOpt: null,
    ReadonlyRootfs: false,
    NetworkMode: 'bridge',
    Memory: 0,
    NanoCpus: 0,
    PidsLimit: null,
    RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
    LogConfig: { Type: 'fluentd' },
  },
  NetworkSettings: null,
};

/** `bare` with differences in its parts. */
export function bareWith(parts: { readonly [part: string]: Literal | readonly Literal[] | string | boolean }): Literal {
  const merged = Object.entries(parts).map(([part, value]) => {
    const before = bare[part];
    const nested = typeof value === 'object' && !Array.isArray(value) && typeof before === 'object' && before !== null;
    return [part, nested ? { ...before, ...value } : value];
  });
  return { ...bare, ...Object.fromEntries(merged) };
}

export const privileged: ContainerOptions = { HostConfig: { Privileged: false } };

export async function stepsOf(
  literal: Literal,
  options: readonly ContainerOptions[] = [privileged],
  rest: HostLiteral = {},
): Promise<string[]> {
  const { container, facts } = await containerOf(literal, rest);
  return [...recreateSteps(container, options, facts)];
}

/** The options of the `docker run`, a line each. */
export async function optionsOf(literal: Literal, options?: readonly ContainerOptions[], rest?: HostLiteral): Promise<string[]> {
  const steps = await stepsOf(literal, options, rest);
  const from = steps.findIndex((step) => /^docker (run|create)\b/.test(step));
  return steps
    .slice(from + 2)
    .filter((step) => step.startsWith('  '))
    .map((step) => step.replace(/ \\$/, '').trim());
}

export const label = (name: string): string => `com.docker.compose.${name}`;
export const composed = {
  [label('project')]: 'app',
  [label('service')]: 'web',
  [label('project.config_files')]: '/srv/app/compose.yaml',
  [label('project.working_dir')]: '/srv/app',
};

export function ofCompose(HostConfig: Literal, labels: Literal = {}, rest: Literal = {}): Literal {
  return { ...bareWith({ Config: { Labels: { ...composed, ...labels } }, HostConfig }), ...rest };
}

/** The YAML among the steps, parsed, and the words of the last command. */
export function yamlOf(steps: readonly string[]): unknown {
  const from = steps.indexOf('services:');
  return parse(
    steps
      .slice(
        from,
        steps.findIndex((step) => step.startsWith('docker compose')),
      )
      .join('\n'),
  );
}
