/**
 * Takes the pictures in docs/images/ of the HTML report of a recorded host: `npm run screenshots`.
 * They are meant to be made on Debian with chromium-headless-shell and fonts-inter; look at them before you keep them.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { golden, pageOf } from '../test/agent/pages.ts';
import { openPage, startBrowser } from '../test/browser/browser.ts';

interface Shot {
  readonly name: string;
  readonly options: BrowserContextOptions;
  readonly pose: (page: Page) => Promise<unknown>;
}

const shots: readonly Shot[] = [
  { name: 'overview', options: { viewport: { width: 1200, height: 1000 } }, pose: async () => undefined },
  {
    name: 'checks',
    options: { viewport: { width: 1200, height: 900 } },
    async pose(page) {
      await page.locator('#check-daemon-live-restore').evaluate((details: HTMLDetailsElement) => {
        details.open = true;
      });
      await page.getByLabel('Section').selectOption('daemon');
      await page.getByLabel('Severity').selectOption(report.findings.find(({ check }) => check === 'daemon/live-restore')?.severity ?? '');
      await bring(page, '#findings');
    },
  },
  { name: 'dark', options: { viewport: { width: 1200, height: 760 }, colorScheme: 'dark' }, pose: (page) => bring(page, '#threats') },
  { name: 'phone', options: { viewport: { width: 390, height: 844 } }, pose: (page) => bring(page, '#threats') },
  {
    name: 'print',
    options: { viewport: { width: 760, height: 1000 } },
    async pose(page) {
      await page.emulateMedia({ media: 'print' });
      await bring(page, '#findings');
    },
  },
];

function bring(page: Page, selector: string): Promise<void> {
  return page.locator(selector).evaluate((element) => element.scrollIntoView({ behavior: 'instant' }));
}

const folder = path.join(import.meta.dirname, 'images');
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'hullguard-screenshots-'));
const file = path.join(scratch, 'report.html');
const { report, extras } = await golden('trixie-insecure');
fs.writeFileSync(file, pageOf(report, extras));
fs.mkdirSync(folder, { recursive: true });
const browser = await startBrowser();
try {
  for (const { name, options, pose } of shots) {
    const { page, close } = await openPage(browser, file, options);
    await pose(page);
    await page.waitForTimeout(200);
    await page.screenshot({ path: path.join(folder, `html-${name}.png`) });
    await close();
  }
} finally {
  await browser.close();
  fs.rmSync(scratch, { recursive: true });
}
