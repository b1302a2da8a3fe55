import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Engine, importBusybox, startEngine } from '../../lab/engine.ts';
import { labSuite } from '../../lab/suite.ts';
import { type Listening, listen } from './listening.ts';

labSuite('events of an engine', () => {
  describe.each(['bookworm', 'trixie', 'sid'] as const)('%s', (suite) => {
    let engine: Engine;
    let heard: Listening;
    const docker = (...args: string[]): Promise<string> => engine.docker(...args);
    const told = (args: string, last: string) => heard.told(() => docker(...args.split(' ')), `event ${last}`);
    const factsOf = (marks: Listening['marks'] | readonly { facts: readonly string[] }[]) => new Set(marks.flatMap(({ facts }) => facts));

    beforeAll(async () => {
      engine = await startEngine({ suite });
      await importBusybox(engine);
    });

    beforeEach(async () => {
      heard = await listen(() => engine.endpoint);
    });

    afterEach(() => heard.stop());
    afterAll(() => engine.stop());

    test('a container is named by what happens to it', async () => {
      expect(heard.marks).toMatchObject([{ full: true, facts: [], cause: `connected to ${engine.endpoint}` }]);
      const created = await told('create --name one busybox:lab sleep 1000', 'container create one');
      const id = await docker('inspect', '--format', '{{.Id}}', 'one');
      const event = { type: 'container', action: 'create', id, name: 'one' };
      expect(created).toMatchObject([{ facts: ['processes'], containers: [id], event }]);
      const started = await told('start one', 'container start one');
      expect(new Set(started.flatMap(({ containers }) => containers))).toEqual(new Set([id]));
      expect(factsOf(started)).toEqual(new Set(['processes'])); // its network and its volumes were told of, too
      await told('update --memory 64m --memory-swap 64m one', 'container update one');
      const sessions = await told('exec one true', 'container exec_die one');
      const session = expect.stringMatching(/^[0-9a-f]{64}$/);
      expect(sessions.filter(({ event }) => event?.action === 'exec_create')).toMatchObject([
        { facts: [], sessions: [{ container: id, id: session, over: false }] },
      ]);
      await told('pause one', 'container pause one');
      await told('unpause one', 'container unpause one');
      await told('rename one two', 'container rename two');
      const removed = await told('rm --force two', 'container destroy two');
      expect(factsOf(removed)).toEqual(new Set(['processes']));
      expect(heard.causes()).toContain('event container die two');
    });

    test('a health that changes is told of; its probes are sessions', async () => {
      const options = '--detach --name well --health-cmd true --health-interval 200ms';
      await told(`run ${options} busybox:lab sleep 1000`, 'container health_status well');
      await docker('rm', '--force', 'well');
      expect(heard.causes()).toContain('event container exec_create well');
    });

    test('images', async () => {
      heard.marks = [];
      await docker('tag', 'busybox:lab', 'busybox:other');
      await heard.until('tag', () => heard.marks.some(({ event }) => event?.action === 'tag'));
      await docker('rmi', 'busybox:other');
      await heard.until('untag', () => heard.marks.some(({ event }) => event?.action === 'untag'));
      expect(factsOf(heard.marks)).toEqual(new Set(['images']));
    });

    test('networks and volumes', async () => {
      expect(factsOf(await told('network create net', 'network create net'))).toEqual(new Set(['engine']));
      await told('run --detach --name joins busybox:lab sleep 1000', 'container start joins');
      const id = await docker('inspect', '--format', '{{.Id}}', 'joins');
      expect(await told('network connect net joins', 'network connect net')).toMatchObject([{ facts: ['processes'], containers: [id] }]);
      await told('network disconnect net joins', 'network disconnect net');
      await docker('rm', '--force', 'joins');
      await told('network rm net', 'network destroy net');
      expect(factsOf(await told('volume create vol', 'volume create vol'))).toEqual(new Set(['engine']));
    });

    test('reloads', async () => {
      heard.marks = [];
      process.kill(engine.pid(), 'SIGHUP');
      await heard.until('reload', () => heard.marks.some(({ event }) => event?.type === 'daemon'));
      expect(factsOf(heard.marks)).toEqual(new Set(['daemon', 'engine']));
    });

    test('swarm', async () => {
      await docker('swarm', 'init', '--advertise-addr', '127.0.0.1');
      await heard.until('node', () => factsOf(heard.marks).has('swarm'));
      await told('service create --detach --name web busybox:lab sleep 1000', 'service create web');
      await told('service rm web', 'service remove web');
      await docker('swarm', 'leave', '--force');
    });
  });
});
