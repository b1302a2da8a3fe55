import type { Drift } from '../../../agent/drift.ts';
import { Observations } from '../../../agent/observations.ts';
import { type History, openHistory } from '../../../agent/state/history.ts';

export const drift: Drift = {
  at: Date.parse('2026-11-21T12:00:00.123Z'),
  check: 'files/daemon-json-mode',
  severity: 'high',
  resource: '/etc/docker/daemon.json',
  before: { outcome: 'pass', actual: '0644' },
  after: { outcome: 'fail', actual: '0666' },
  causes: ['file /etc/docker/daemon.json'],
  who: {
    status: 'known',
    login: 'alice',
    user: 'root',
    pid: 4711,
    executable: '/usr/bin/chmod',
    command: 'chmod 666 /etc/docker/daemon.json',
    terminal: 'pts/0',
    directory: '/root',
    at: Date.parse('2026-11-21T12:00:00.100Z'),
  },
};

/** A history in that directory, with so much drift for the webhook to tell of. */
export function historyWith(path: string, count: number): History {
  const history = openHistory({ path });
  if (count > 0) history.recordDrift(drifts(count), Observations.of(), ['webhook']);
  return history;
}

export function drifts(count: number): Drift[] {
  return Array.from({ length: count }, (_, number) => ({ ...drift, resource: `/etc/docker/file-${number}` }));
}
