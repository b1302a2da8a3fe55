import { expect, test } from 'vitest';
import { questionsOf } from '../../../agent/attribution/questions.ts';
import type { Evaluation } from '../../../agent/loop.ts';
import { Observations } from '../../../agent/observations.ts';
import type { EngineEvent, Stale } from '../../../agent/triggers/trigger.ts';
import { fakeHost } from '../../fake-host.ts';

const event = (action: string, exec: string | null): EngineEvent => ({ type: 'container', action, id: 'a', name: 'web', exec });
const marks: Stale[] = [
  { facts: ['processes'], containers: ['a'], cause: 'event container start web', at: 1, event: event('start', null) },
  { facts: [], sessions: [{ container: 'a', id: 'e1', over: false }], cause: 'event', at: 2, event: event('exec_create', 'e1') },
  { facts: [], sessions: [{ container: 'a', id: 'e2', over: false }], cause: 'event', at: 3, event: event('exec_create', 'e2') },
];
const evaluation: Evaluation = {
  at: 4,
  durationMs: 0,
  full: false,
  quiet: false,
  marks,
  recording: { facts: {}, missing: {} },
  findings: [],
  differences: [],
  observations: Observations.of(),
};

test.each([
  ['container web', [null]],
  ['container web, exec session e1', ['e1']],
  ['container web, exec session e3', []],
])('what is asked about %s', (resource, sessions) => {
  const after = { check: 'container/exec-not-privileged', resource, severity: 'medium', outcome: 'fail', actual: '' } as const;
  const asked = questionsOf(fakeHost({}), { before: null, after }, evaluation);
  expect(asked.map((question) => (question.about === 'event' ? question.event.exec : question.about))).toEqual(sessions);
});
