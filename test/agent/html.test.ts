import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { serialize, html as template } from '../../agent/reporters/html/markup.ts';
import { hullguard, inScratch } from './hullguard.ts';
import { adorned, golden, nasty, pageOf, withNastyNames } from './pages.ts';
import { full, planOf } from './plans.ts';

const insecure = await golden('trixie-insecure');
const page = pageOf(insecure.report, insecure.extras);

test('whatever is put into a template is escaped, but for templates', () => {
  const inner = template`<b>${'<i>'}</b>`;
  expect(serialize(template`<p title="${'"\'&'}">${inner}${['a<', inner]}${null}${7}</p>`)).toBe(
    '<p title="&quot;&#39;&amp;"><b>&lt;i&gt;</b>a&lt;<b>&lt;i&gt;</b>7</p>',
  );
  expect(serialize(template`${'\u202e\u001b'}`)).toBe('\\u202e\\x1b');
});

test('the policy allows the style sheet and the script of the page, by their hashes, and nothing else', () => {
  const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  const hash = (tag: string): string => {
    const [, text = ''] = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(page) ?? [];
    return `&#39;sha256-${createHash('sha256').update(text).digest('base64')}&#39;`;
  };
  expect(policy).toContain(`default-src &#39;none&#39;; style-src ${hash('style')}; script-src ${hash('script')};`);
  expect(page.match(/<(style|script)\b/g)).toEqual(['<style', '<script']);
});

test('nothing in it leads out of the file, or needs what the policy forbids', () => {
  for (const text of [page, pageOf(withNastyNames(insecure.report), insecure.extras)]) {
    const tags = text.replace(/<(style|script)>[\s\S]*?<\/\1>/g, '').match(/<[a-z][^>]*>/g) ?? [];
    const bad = tags.filter((tag) => /\s(style|on\w+|src|action|srcset)=/.test(tag.replace(/"[^"]*"/g, '""')) || /href="(?!#)/.test(tag));
    expect(bad).toEqual([]);
  }
});

test('control characters and marks that reorder text are shown as text', () => {
  const text = pageOf(withNastyNames(insecure.report), insecure.extras);
  for (const character of ['\u202e', '\u001b']) expect(text).not.toContain(character);
  expect(text).not.toContain(nasty.slice(0, 20));
});

test('links lead to what is on the page, and every id is there once', () => {
  const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map((match) => match[1]);
  expect(new Set(ids).size).toBe(ids.length);
  const dead = [...page.matchAll(/href="#([^"]*)"/g)].map((match) => match[1]).filter((target) => !ids.includes(target));
  expect(dead).toEqual([]);
});

test('a whole host takes less than 500 kB', () => expect(page.length).toBeLessThan(500_000));

test('all evidence is in it, and what mends it', () => {
  for (const { evidence } of insecure.report.findings) {
    for (const { actual } of evidence) expect(page).toContain(serialize(template`${actual}`));
  }
  expect(page).toContain('+ &quot;live-restore&quot;: true');
  expect(page).toContain('$ chmod 0660 /lab/docker.sock   # was 0666');
});

test('who waived what until when, and who attested it', () => {
  const { report, extras } = adorned(insecure);
  const text = pageOf(report, extras);
  expect(text).toContain('<b>Waived</b> by anna@example.org until 2027-01-31: The build host needs it until the move');
  expect(text).toContain('<b>Attested</b> by otto on 2026-06-01, good until 2027-06-01: Reviewed in the yearly audit');
  expect(text).toMatch(/data-state="waived"/);
});

test('every kind of change is shown, and no value that may be secret', () => {
  const plan = planOf({
    ...full,
    changes: [
      ...(full.changes ?? []),
      { kind: 'setting', path: '/etc/docker/daemon.json', key: 'log-opts', after: { 'splunk-token': 'hunter2' } },
    ],
  });
  const text = pageOf(insecure.report, { plan: { whole: plan, byCheck: new Map([['daemon/live-restore', plan]]) } });
  for (const told of [
    '$ auditctl -w /etc/docker',
    '$ docker update',
    '+ &quot;live-restore&quot;: true',
    'log-level is a flag',
    'takes effect after a reboot',
  ])
    expect(text).toContain(told);
  expect(text).not.toContain('hunter2');
});

test('a host without failures, and one without an engine', () => {
  const findings = insecure.report.findings.map((finding) => ({ ...finding, status: 'pass' as const, evidence: [] }));
  const text = pageOf({ ...insecure.report, findings, host: { ...insecure.report.host, engine: null } });
  expect(text).toContain('Nothing fails.');
  expect(text).toContain('none answered');
  expect(text).not.toContain('id="containers"');
});

test('audit writes it, with threats and plan', () =>
  inScratch(async (directory) => {
    const facts = path.join(import.meta.dirname, '../hosts/trixie-insecure.facts.json');
    const file = path.join(directory, 'report.html');
    const { code, stdout, stderr } = await hullguard(['audit', '--facts', facts, '--report', `html=${file}`]);
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: '' });
    expect(fs.readFileSync(file, 'utf8')).toMatch(
      /^<!doctype html>\n<html lang="en">[\s\S]*id="threats"[\s\S]*id="plan"[\s\S]*<\/html>\n$/,
    );
  }));
