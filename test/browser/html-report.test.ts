/** The HTML report in a real browser. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adorned, golden, manyFindings, manyObservations, nasty, pageOf, sampled, withNastyNames } from '../agent/pages.ts';
import { suiteUnless } from '../lab/suite.ts';
import { browserMissing, type Opened, openPage, startBrowser } from './browser.ts';

suiteUnless(browserMissing, 'the HTML report in a browser', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hullguard-browser-'));
  const files = new Map<string, string>();
  let browser: Browser;

  beforeAll(async () => {
    const insecure = await golden('trixie-insecure');
    const full = adorned(insecure);
    const pages: Record<string, string> = {
      golden: pageOf(insecure.report, insecure.extras),
      full: pageOf(full.report, full.extras),
      sample: pageOf(sampled(full.report), full.extras),
      nasty: pageOf(withNastyNames(insecure.report), insecure.extras),
      findings: pageOf(manyFindings(insecure.report, 10_000)),
      observations: pageOf(manyObservations(insecure.report, 10_000)),
    };
    for (const [name, text] of Object.entries(pages)) {
      const file = path.join(folder, `${name}.html`);
      fs.writeFileSync(file, text);
      files.set(name, file);
    }
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser.close();
    fs.rmSync(folder, { recursive: true });
  });

  /** What happens in the page must neither leave it nor be complained of by the browser. */
  async function inPage(name: string, options: BrowserContextOptions, work: (opened: Opened) => Promise<void>): Promise<void> {
    const opened = await openPage(browser, files.get(name) ?? '', options);
    try {
      await work(opened);
      expect(opened.complaints).toEqual([]);
      expect(opened.requests).toEqual([]);
    } finally {
      await opened.close();
    }
  }

  const shown = ({ page }: Opened) => page.locator('.finding:not([hidden])');
  const openAll = ({ page }: Opened) =>
    page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });

  test.each([
    { choose: { state: 'manual' }, selector: '[data-state=manual]' },
    { choose: { section: 'files' }, selector: '[data-section=files]' },
    { choose: { severity: 'critical', state: 'fail' }, selector: '[data-severity=critical][data-state=fail]' },
  ])('filters by $choose', ({ choose, selector }) =>
    inPage('golden', {}, async (opened) => {
      const all = await opened.page.locator('.finding').count();
      for (const [name, value] of Object.entries(choose)) await opened.page.locator(`[name=${name}]`).selectOption(value);
      const wanted = await opened.page.locator(`.finding${selector}`).count();
      expect(wanted).toBeGreaterThan(0);
      expect(wanted).toBeLessThan(all);
      expect(await shown(opened).count()).toBe(wanted);
      expect(await opened.page.locator(`.finding${selector}:not([hidden])`).count()).toBe(wanted);
      expect(await opened.page.locator('#shown').textContent()).toBe(`${wanted} of ${all} checks`);
      const counts = await opened.page.locator('.group:not([hidden]) h3 .quiet').allTextContents();
      expect(counts).not.toContain('0');
      expect(counts.reduce((sum, count) => sum + Number(count), 0)).toBe(wanted);
      await opened.page.getByRole('button', { name: 'Reset' }).click();
      await opened.page.waitForFunction((count) => document.querySelectorAll('.finding:not([hidden])').length === count, all);
    }),
  );

  test('filters by words, also those of folded evidence', () =>
    inPage('golden', {}, async (opened) => {
      await opened.page.getByLabel('Search').fill('mount-link SOCKET');
      expect(await shown(opened).count()).toBeGreaterThan(0);
      for (const text of await shown(opened).allTextContents())
        expect(text.toLowerCase()).toMatch(/mount-link[\s\S]*socket|socket[\s\S]*mount-link/);
      await opened.page.getByLabel('Search').fill('no such thing at all');
      expect(await shown(opened).count()).toBe(0);
      expect(await opened.page.getByText('No check is like that.').isVisible()).toBe(true);
    }));

  test('opens and closes all that is shown', () =>
    inPage('golden', {}, async (opened) => {
      await opened.page.locator('[name=section]').selectOption('files');
      await opened.page.getByRole('button', { name: 'Open all' }).click();
      expect(await opened.page.locator('.finding[open]').count()).toBe(await shown(opened).count());
      await opened.page.getByRole('button', { name: 'Close all' }).click();
      expect(await opened.page.locator('.finding[open]').count()).toBe(0);
    }));

  test('a link to a check opens it, even where it is filtered away', () =>
    inPage('golden', {}, async ({ page }) => {
      await page.locator('[name=state]').selectOption('pass');
      const link = page.locator('.priorities a').first();
      const target = page.locator((await link.getAttribute('href')) ?? '');
      await link.click();
      await page.waitForFunction(() => document.querySelector(location.hash)?.hasAttribute('open'));
      expect(await target.locator('.evidence').first().isVisible()).toBe(true);
    }));

  test('works with the keyboard alone', () =>
    inPage('golden', {}, async ({ page }) => {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the report');
      await page.getByLabel('Status').focus();
      await page.keyboard.type('Pass');
      expect(await page.getByLabel('Status').inputValue()).toBe('pass');
      const first = page.locator('.finding:not([hidden])').first();
      for (let presses = 0; presses < 8; presses += 1) {
        await page.keyboard.press('Tab');
        if (await first.evaluate((finding) => finding.contains(document.activeElement))) break;
      }
      await page.keyboard.press('Enter');
      expect(await first.getAttribute('open')).not.toBeNull();
      const outline = await first
        .locator('summary')
        .first()
        .evaluate((summary) => getComputedStyle(summary).outlineStyle);
      expect(outline).toBe('solid');
    }));

  test('is read without scripts: everything is there, and nothing that does not work', () =>
    inPage('full', { javaScriptEnabled: false }, async ({ page }) => {
      expect(await page.locator('#filter').isVisible()).toBe(false);
      const first = page.locator('.finding').first();
      await first.locator('summary').first().click();
      expect(await first.locator('.evidence').first().isVisible()).toBe(true);
      for (const link of await page.locator('nav a').all())
        expect(await page.locator((await link.getAttribute('href')) ?? '').count()).toBe(1);
    }));

  test('shows every part', () =>
    inPage('full', {}, async ({ page }) => {
      const headings = await page.locator('h2').allTextContents();
      expect(headings).toEqual([
        'Overview',
        'Since the earlier report',
        'Fix these first',
        'Threats by attack surface',
        'Checks',
        'Containers',
        'What hullguard can mend',
        'Decisions of the site',
        'Drift',
      ]);
      expect(await page.locator('#decisions').textContent()).toMatch(/anna@example\.org.*2027-01-31.*otto/);
      expect(await page.locator('#drift').textContent()).toContain('by alice as root');
      expect(await page.locator('#comparison').textContent()).toMatch(/from \d+ % to \d+ %/);
    }));

  test('text of the host stays text', () =>
    inPage('nasty', {}, async (opened) => {
      await openAll(opened);
      const { page } = opened;
      expect(await page.evaluate(() => 'struck' in globalThis)).toBe(false);
      expect(await page.locator('img, script:not(body > script:last-child), iframe, object').count()).toBe(0);
      expect(await page.locator('h1').textContent()).toBe(nasty.replace('\u202e', '\\u202e').replace('\u001b', '\\x1b'));
      expect(await page.locator('.container b', { hasText: '<img src=x' }).count()).toBe(1);
    }));

  test.each(['light', 'dark'] as const)('%s: no complaint of axe, with everything open', (colorScheme) =>
    inPage('sample', { colorScheme }, async (opened) => {
      await openAll(opened);
      expect(await axeOf(opened)).toEqual([]);
    }),
  );

  test('on a phone: no complaint of axe, and nothing wider than the screen', () =>
    inPage('sample', { viewport: { width: 360, height: 740 } }, async (opened) => {
      await openAll(opened);
      expect(await opened.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
      expect(await axeOf(opened)).toEqual([]);
    }));

  test('the whole report is no wider than a phone either', () =>
    inPage('full', { viewport: { width: 360, height: 740 } }, async (opened) => {
      await openAll(opened);
      expect(await opened.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    }));

  test('nasty names are no wider than a phone either', () =>
    inPage('nasty', { viewport: { width: 360, height: 740 } }, async (opened) => {
      await openAll(opened);
      expect(await opened.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    }));

  test('is dark where the reader likes it dark', () =>
    inPage('golden', { colorScheme: 'dark' }, async ({ page }) => {
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      expect(await ground()).toBe('rgb(20, 23, 26)');
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      expect(await ground()).toBe('rgb(255, 255, 255)');
    }));

  test.each([true, false])('on paper everything is unfolded and the filter is gone (scripts: %s)', (javaScriptEnabled) =>
    inPage('golden', { javaScriptEnabled }, async ({ page }) => {
      await page.emulateMedia({ media: 'print' });
      expect(await page.locator('#filter').isVisible()).toBe(false);
      expect(await page.locator('.finding .evidence').first().isVisible()).toBe(true);
      const pages = (await page.pdf({ format: 'A4' })).toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
      expect(pages).toBeGreaterThan(10);
      expect(pages).toBeLessThan(80);
      expect(await page.locator('.finding[open]').count()).toBe(0);
    }),
  );

  test('10,000 findings: soon there, and filtered within a second', () =>
    inPage('findings', {}, async (opened) => {
      const ready = await opened.page.evaluate(() => performance.getEntriesByType('navigation')[0]?.toJSON().domInteractive as number);
      expect(ready).toBeLessThan(20_000);
      const times: number[] = [];
      for (const word of ['privileged', 'mount', 'socket']) {
        const took = await opened.page.evaluate(async (text) => {
          const search = document.querySelector<HTMLInputElement>('[name=text]');
          if (search === null) return Number.POSITIVE_INFINITY;
          const begun = performance.now();
          search.value = text;
          search.dispatchEvent(new Event('input', { bubbles: true }));
          await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
          return performance.now() - begun;
        }, word);
        const count = await shown(opened).count();
        console.log(`interactive after ${Math.round(ready)} ms, filtered by ${word} to ${count} in ${Math.round(took)} ms`);
        expect(count).toBeLessThan(10_000);
        times.push(took);
      }
      // Of three, since others may be using the machine.
      expect(Math.min(...times)).toBeLessThan(1000);
    }));

  test('10,000 observations of one check: the first are open, all are there', () =>
    inPage('observations', {}, async ({ page }) => {
      const finding = page.locator('.finding');
      await finding.locator('summary').first().click();
      expect(await finding.locator('.body > table tbody tr').count()).toBe(50);
      expect(await finding.locator('tbody tr').count()).toBe(10_000);
      expect(await finding.locator('tbody tr').last().isVisible()).toBe(false);
    }));
});

/** What axe finds wrong, in a line each. Runs outside of the policy of the page, which would not have it. */
async function axeOf({ page }: Opened): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`));
}
