/** Records drift until it is killed: `node writer.ts FILE`. Says `ack N` on standard output when the N-th is on disk. */
import fs from 'node:fs';
import { type Observation, Observations } from '../../../agent/observations.ts';
import { openHistory } from '../../../agent/state/history.ts';

const [file = '', most = '1000000'] = process.argv.slice(2);
fs.writeSync(1, 'opening\n');
const history = openHistory({ path: file, onReplaced: (what) => fs.writeSync(1, `replaced ${what}\n`) });
const before = history.state().get({ check: 'a/b', resource: 'host' });
let count = Number(before?.actual ?? 0);
fs.writeSync(1, `begun ${count}\n`);

/** Every write of the agent in turn, around a counter that tells whether one was lost or came twice. */
for (let step = 0; step < Number(most); step += 1) {
  const seen = (value: number): Observation => ({
    check: 'a/b',
    severity: 'low',
    resource: 'host',
    outcome: 'fail',
    actual: String(value),
  });
  const told = { outcome: 'fail', actual: String(count) } as const;
  const drift = { at: Date.now(), check: 'a/b', severity: 'low', resource: 'host', causes: ['test'] } as const;
  const who = { status: 'unattributed', reason: 'nobody' } as const;
  const padding = Array.from({ length: 1 + (step % 50) }, (_, index) => ({ ...seen(step), resource: `container ${index}` }));
  const after = Observations.of([seen(count + 1), ...padding]);
  history.recordDrift([{ ...drift, before: told, after: { outcome: 'fail', actual: String(count + 1) }, who }], after, ['webhook']);
  count += 1;
  fs.writeSync(1, `ack ${count}\n`);
  if (step % 7 === 3) history.acceptBaseline('root', Date.now());
  if (step % 5 === 2) history.outbox.retry(history.outbox.due(Date.now(), 1)[0]?.id ?? 0, Date.now() + 5, 'later');
  if (step % 40 === 39) history.prune({ most: 100_000 });
}
history.close();
