/** What only a new container can have: never done by a program, so said word for word. */
import type { ContainerOptions } from '../checks/check.ts';
import { containerName } from '../checks/families/each-container.ts';
import type { Container } from '../facts/containers.ts';
import type { Facts } from '../facts/index.ts';
import { layOver } from './laying-over.ts';
import { adviceComment } from './quoting.ts';
import { runAnew } from './recreate.ts';
import { composeAnew, composeService } from './recreate-compose.ts';
import { serviceAnew, swarmService } from './recreate-service.ts';
import { defineRemediation } from './remediation.ts';

/** All that a container should have otherwise, done in one go. Facts say what its image sets; without them more is said than needed. */
export function recreateSteps(container: Container, options: readonly ContainerOptions[], facts: Partial<Facts> = {}): readonly string[] {
  const advice = options.flatMap(({ advice = [] }) => advice);
  const said = [...new Set(advice)].map((text) => adviceComment(text, containerName(container)));
  // Where options cannot mend it, making it anew is of no use by itself.
  if (options.every(({ HostConfig, Config, Mounts }) => (HostConfig ?? Config ?? Mounts) === undefined)) return said;
  const wanted = layOver(container, options);
  const swarm = swarmService(container);
  if (swarm !== undefined) return [...said, ...serviceAnew(container, wanted, swarm)];
  const compose = composeService(container);
  return [...said, ...(compose === undefined ? runAnew(container, wanted, facts) : composeAnew(container, wanted, compose))];
}

export const containerOption = defineRemediation('container-option', {
  needs: ['containers', 'images', 'engine'],
  plan({ id, name, options }, facts) {
    const container = facts.containers.containers.find(({ Id }) => Id === id);
    if (container === undefined) return { refused: `the container ${name} is not there any more: audit again` };
    return { steps: recreateSteps(container, [options], facts) };
  },
});
