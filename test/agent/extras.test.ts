import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type Extras, gatherExtras } from '../../agent/extras.ts';
import { inScratch } from './hullguard.ts';
import { auditedHost } from './pages.ts';
import { historyWith } from './sinks/drifts.ts';

const audited = auditedHost('trixie-insecure');

/** What is told of drift with that history, and what is complained of. */
async function drift(historyFile: string, isThisHost = true) {
  const said: string[] = [];
  const extras = await gatherExtras(new Set(['drift']), { ...audited, isThisHost, historyFile, say: (problem) => said.push(problem) });
  return { drift: extras.drift, said };
}

test('nothing is made that no format has asked for', async () => {
  const nothing: Extras = { threats: null, plan: null, drift: null, earlier: null };
  expect(await gatherExtras(new Set(), audited)).toEqual(nothing);
});

test('each failing check has its plan, and the whole is what they come to', async () => {
  const { plan } = await gatherExtras(new Set(['plan']), audited);
  const failing = audited.report.findings.filter(({ status }) => status === 'fail').map(({ check }) => check);
  expect([...(plan?.byCheck.keys() ?? [])]).toEqual(failing);
  const single = [...(plan?.byCheck.values() ?? [])].flatMap(({ fixes }) => fixes);
  expect(plan?.whole.fixes.length).toBeGreaterThan(0);
  expect(plan?.whole.fixes).toEqual(single);
});

test('the last of the history, of this host alone', () =>
  inScratch(async (directory) => {
    const file = path.join(directory, 'history.db');
    historyWith(file, 150).close();
    const { drift: past, said } = await drift(file);
    expect(past?.events.length).toBe(100);
    expect(past?.events.at(-1)?.resource).toBe('/etc/docker/file-149');
    expect(said).toEqual([]);
    expect(await drift(file, false)).toEqual({ drift: null, said: [] });
  }));

test('where there is no history none is begun', () =>
  inScratch(async (directory) => {
    expect(await drift(path.join(directory, 'history.db'))).toEqual({ drift: null, said: [] });
    expect(fs.readdirSync(directory)).toEqual([]);
  }));

test('a history that cannot be read is said to be missing from the report', () =>
  inScratch(async (directory) => {
    const file = path.join(directory, 'history.db');
    fs.writeFileSync(file, 'no database at all, but long enough to be taken for one'.repeat(100));
    const { drift: past, said } = await drift(file);
    expect(past).toBeNull();
    expect(said).toEqual([expect.stringMatching(/^the report tells nothing of drift: .*history\.db/)]);
  }));
