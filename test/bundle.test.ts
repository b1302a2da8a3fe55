/** What the program is bundled into, before anybody runs it. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { buildParts } from '../packaging/parts.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hullguard-bundle-'));
buildParts(folder);
const bundle = fs.readFileSync(path.join(folder, 'hullguard.cjs'), 'utf8');
fs.rmSync(folder, { recursive: true });

test('is ASCII: one other letter, and Node keeps the whole text with two bytes for each', () => {
  expect(/.{0,40}\P{ASCII}.{0,40}/u.exec(bundle)?.[0]).toBeUndefined();
});

test('has its own clock for schedules, and the host’s memory alone of systeminformation', () => {
  expect(bundle).toContain('UtcDateFormat');
  expect(bundle).not.toContain('node_modules/systeminformation/lib/graphics.js');
});
