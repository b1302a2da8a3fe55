/** A host on which an agent ran: what the commands that read its history are tried on. */
import { expect } from 'vitest';
import type { Who } from '../../agent/drift.ts';
import { schemaTester } from '../json-schema.ts';
import { hullguard, type Outcome } from './hullguard.ts';
import { audit, DAY, drift, HOUR, observation, observations, type Scene, withPast } from './state/past.ts';

export const NOW = Date.now();
const good = { ...observation('container/no-privileged', 'container web-1', 'pass', 'Privileged=false'), severity: 'critical' } as const;
export const bad = { ...good, outcome: 'fail', actual: 'Privileged=true' } as const;
export const icc = observation('daemon/icc-disabled', 'dockerd', 'fail', 'icc=true');
export const evil = observation('container/no-privileged', 'container \u001b[31mred\nline', 'fail', '\u202etxet');
const anna: Who = {
  status: 'inferred',
  login: 'anna',
  user: 'root',
  pid: 912,
  executable: '/usr/bin/docker',
  command: 'docker run --privileged nginx',
  terminal: 'pts/0',
  directory: '/root',
  at: NOW - HOUR,
};

/** Two hours ago an audit and a baseline, an hour ago drift. */
export function fill({ open, clock }: Scene): void {
  clock.now = NOW - 3 * DAY;
  const history = open();
  clock.now = NOW - 2 * HOUR;
  history.note('started', 'hullguard 0.1.0');
  history.recordAudit(audit(observations(good, icc), clock.now));
  history.acceptBaseline('root (sudo by anna)', clock.now);
  clock.now = NOW - HOUR;
  history.recordDrift([drift(good, bad, { at: clock.now, who: anna })], observations(bad, icc), ['webhook']);
  history.recordDrift([drift(null, evil, { at: clock.now })], observations(bad, icc, evil), ['webhook']);
  history.reportAgent({
    state: 'degraded',
    problems: ['auditd does not run'],
    version: '0.1.0',
    startedAt: NOW - 3 * HOUR,
    nextAudit: NOW + 2 * HOUR + 5000,
    waivers: [],
  });
  history.outbox.retry(1, NOW, 'connect ECONNREFUSED');
  history.close();
}

export function ran(work: (run: (...args: string[]) => Promise<Outcome>, scene: Scene) => Promise<void>): Promise<void> {
  return withPast(async (scene) => {
    fill(scene);
    await work((...args) => hullguard([...args, '--history', scene.file], { width: 120 }), scene);
  });
}

export async function fits(document: string, text: string): Promise<void> {
  expect(schemaTester((await hullguard(['schema', document])).stdout)(JSON.parse(text))).toBeNull();
}

export const CONTROL = /[^\P{C}\n]/u;
