/** Hosts on which one setting of dockerd comes from one place or another. */
import { collectFacts } from '../../agent/collect.ts';
import type { Daemon, Setting } from '../../facts/daemon.ts';
import { HostError } from '../../facts/host.ts';
import { fakeHost, fakePolicy, type HostLiteral, type Literal } from '../fake-host.ts';

/** When the daemon of a fake host started. */
export const STARTED = 1_750_000_010_000;
const CONFIG = '/etc/docker/daemon.json';

/** The engine does not answer, so command line and file are all there is. */
export const silent: HostLiteral = { api: { '/info': new HostError('denied', 'cannot connect: permission denied') } };

/** daemon.json was written after dockerd had started. */
export function edited(daemonJson: Literal | string, rest: HostLiteral = {}, modifiedAt = STARTED + 60_000): HostLiteral {
  const content = typeof daemonJson === 'string' ? daemonJson : JSON.stringify(daemonJson);
  return { dockerd: { flags: [] }, ...rest, files: { ...rest.files, [CONFIG]: { content, modifiedAt } } };
}

/** dockerd was started with these words, and found this file. */
export function started(words: string, daemonJson: Literal | string | null = null, rest: HostLiteral = {}): HostLiteral {
  return { dockerd: { flags: words.split(' ').filter(Boolean) }, daemonJson, ...rest };
}

export async function collectDaemon(literal: HostLiteral): Promise<Daemon> {
  const { facts } = await collectFacts(fakeHost(literal), { policy: fakePolicy(), wanted: ['daemon'], signal: AbortSignal.timeout(5000) });
  if (facts.daemon === undefined) throw new Error('no daemon');
  return facts.daemon;
}

export async function settingOf(key: string, literal: HostLiteral): Promise<Setting | undefined> {
  return (await collectDaemon(literal)).settings[key];
}
