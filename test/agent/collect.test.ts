import { describe, expect, test } from 'vitest';
import { collectFacts } from '../../agent/collect.ts';
import { type Host, HostError } from '../../facts/host.ts';
import { type CollectorName, collectors, type FactName, type Recording } from '../../facts/index.ts';
import { defaultPolicy } from '../../facts/policy.ts';
import { fakeHost, type HostLiteral } from '../fake-host.ts';
import { careless } from './reports.ts';

const names = Object.keys(collectors) as CollectorName[];

interface Given {
  readonly wanted?: readonly FactName[];
  readonly signal?: AbortSignal;
  readonly onStarted?: (name: CollectorName) => void;
}

function collect(
  host: Host,
  { wanted = names, signal = AbortSignal.timeout(5000), onStarted = () => undefined }: Given = {},
): Promise<Recording> {
  return collectFacts(host, { policy: defaultPolicy, wanted, signal, onStarted });
}

/** A host whose engine answers some requests otherwise. */
function withEngine(literal: HostLiteral, docker: (path: string) => Promise<unknown> | undefined): Host {
  const host = fakeHost(literal);
  return { ...host, docker: (endpoint, path) => docker(path) ?? host.docker(endpoint, path) };
}

const never = new Promise<never>(() => undefined);

function rejectsAt(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(new HostError('timeout', 'did not answer in time'));
    signal.addEventListener('abort', () => reject(new HostError('timeout', 'did not answer in time')));
  });
}

describe('what is collected', () => {
  test('everything that is wanted, and what that builds on, each once', async () => {
    const started: string[] = [];
    const { facts, missing } = await collect(fakeHost(), {
      wanted: ['swarm', 'engine', 'policy'],
      onStarted: (name) => started.push(name),
    });
    expect(missing).toEqual({});
    expect(Object.keys(facts).toSorted()).toEqual(['daemon', 'engine', 'engines', 'policy', 'processes', 'swarm']);
    expect(started.toSorted()).toEqual(['daemon', 'engine', 'engines', 'processes', 'swarm']);
  });

  test('nothing where nothing is wanted', async () => {
    expect(await collect(fakeHost(), { wanted: ['policy'] })).toEqual({ facts: { policy: defaultPolicy }, missing: {} });
  });

  test('what a fact builds on is there first', async () => {
    const started: CollectorName[] = [];
    await collect(fakeHost(), { onStarted: (name) => started.push(name) });
    expect(started.toSorted()).toEqual(names.toSorted());
    for (const name of names) {
      const { needs = [], after = [] } = collectors[name] as {
        readonly needs?: readonly CollectorName[];
        readonly after?: readonly CollectorName[];
      };
      for (const earlier of [...needs, ...after])
        expect(started.indexOf(earlier), `${earlier} before ${name}`).toBeLessThan(started.indexOf(name));
    }
  });
});

describe('a fact that cannot be known', () => {
  test('is missing with its reason, and so is what needs it; the rest is there', async () => {
    const { facts, missing } = await collect(
      withEngine({}, (path) => (path === '/info' ? Promise.reject(new HostError('io', 'GET /info: broken')) : undefined)),
    );
    expect(missing).toEqual({
      engine: 'GET /info: broken',
      containers: 'GET /info: broken',
      images: 'GET /info: broken',
      swarm: 'GET /info: broken',
      usage: 'GET /info: broken',
    });
    expect(facts.daemon?.settings['icc']).toMatchObject({ value: false, origin: 'file' });
    expect([...Object.keys(facts), ...Object.keys(missing)].toSorted()).toEqual([...names, 'policy'].toSorted());
  });

  test('is left out by those that can do without', async () => {
    const { facts, missing } = await collect(fakeHost({ files: { '/proc/stat': { content: '', error: 'denied' } } }));
    expect(Object.keys(missing)).toEqual(['processes']);
    expect(facts.containers?.containers).toEqual([]);
    expect(facts.daemon?.unseen).toBe('the process list cannot be read');
  });

  test.each(names)('%s: a mistake of ours is thrown, not hidden', async (name) => {
    const host = fakeHost({ containers: [{}], images: [{}] });
    const broken = (): never => {
      throw new TypeError('not ours to hide');
    };
    const mistaken = { ...host, lstat: broken, read: broken, list: broken, run: broken, docker: broken, memory: broken };
    await expect(collect(mistaken, { wanted: [name] })).rejects.toThrow('not ours to hide');
  });
});

describe('an engine on another host', () => {
  const literal = { endpoint: 'tcp://192.0.2.99:2376', containers: [careless('web', 1)] };

  test('no file, process or audit rule of this one is taken for its own', async () => {
    const touched: string[] = [];
    const host = fakeHost(literal);
    const note = <Result>(read: (path: string) => Result) => {
      return (path: string): Result => {
        touched.push(path);
        return read(path);
      };
    };
    const watched = {
      ...host,
      lstat: note(host.lstat),
      read: note(host.read),
      list: note(host.list),
      run: note((program) => host.run(program, [])),
    };
    const { facts, missing } = await collect(watched);
    expect(touched).toEqual([]);
    const reason = 'the engine tcp://192.0.2.99:2376 is on another host: run hullguard there to see its files, processes and audit rules';
    expect(missing).toMatchObject({ audit: reason, processes: reason, client: reason });
    expect(facts.engines).toMatchObject({ selected: 'tcp://192.0.2.99:2376', remote: true });
    expect(facts.containers?.containers.map(({ Name, Kernel }) => [Name, Kernel])).toEqual([['/web', null]]);
    expect(facts.system).toMatchObject({ hostname: 'testhost', os: 'Debian GNU/Linux 13 (trixie)' });
  });

  test.each([
    'tcp://127.0.0.1:2375',
    'tcp://localhost:2375',
    'tcp://[::1]:2375',
    'tcp://192.0.2.1:2376',
    'tcp://0.0.0.0:2375',
    'unix:///run/docker.sock',
  ])('%s is not on another host', async (endpoint) => {
    const { facts } = await collect(fakeHost({ endpoint }));
    expect(facts.engines?.remote).toBe(false);
    expect(facts.audit?.kernel.length).toBeGreaterThan(0);
  });
});

describe('the deadline', () => {
  test('an engine that never answers holds nothing else up', async () => {
    const begun = performance.now();
    const { facts, missing } = await collect(
      withEngine({}, () => never),
      { signal: AbortSignal.timeout(100) },
    );
    expect(performance.now() - begun).toBeLessThan(1000);
    const late = 'no answer in time while collecting engine (allow more with --timeout)';
    expect(missing).toMatchObject({ engine: late, containers: late, images: late, swarm: late });
    expect(facts.audit).toBeDefined();
    expect(facts.processes?.dockerd).toHaveLength(1);
  });

  test('what did not answer is told, what did is kept', async () => {
    const signal = AbortSignal.timeout(200);
    const containers = Array.from({ length: 30 }, (_, number) => careless(`c${number}`, number));
    const stuck = (path: string): boolean => /^\/containers\/0*[0-9]0{50,}\/json/.test(path);
    const { facts } = await collect(
      withEngine({ containers }, (path) => (stuck(path) ? rejectsAt(signal) : undefined)),
      { signal, wanted: ['containers'] },
    );
    expect(facts.containers?.unreadable.length).toBeGreaterThanOrEqual(8);
    expect((facts.containers?.unreadable.length ?? 0) + (facts.containers?.containers.length ?? 0)).toBe(30);
  });

  test('that has passed already leaves everything missing, and no promise behind', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const { facts, missing } = await collect(fakeHost({ files: { '/proc/stat': { content: '', error: 'io' } } }), {
      signal: AbortSignal.abort(),
    });
    await new Promise((resolve) => setTimeout(resolve, 10));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
    expect(facts).toEqual({ policy: defaultPolicy });
    expect(Object.keys(missing).toSorted()).toEqual(names.toSorted());
  });
});
