/** A real Chromium without a window, and pages of the HTML report in it. */
import fs from 'node:fs';
import path from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const executable = ['chromium-headless-shell', 'chromium', 'chromium-browser']
  .flatMap((name) => (process.env['PATH'] ?? '').split(':').map((folder) => path.join(folder, name)))
  .find((file) => fs.existsSync(file));

/** Why no browser can be had here; undefined when one can. */
export const browserMissing = executable === undefined ? 'not installed: chromium-headless-shell (test/run installs it)' : undefined;

export function startBrowser(): Promise<Browser> {
  // As root, Chromium runs without its sandbox only; it shows nothing but our own file.
  return chromium.launch({ executablePath: executable ?? '', args: process.geteuid?.() === 0 ? ['--no-sandbox'] : [] });
}

export interface Opened {
  readonly page: Page;
  /** What the page asked of a server, beside itself. */
  readonly requests: readonly string[];
  /** What the browser complains of: violations of the policy, errors of scripts. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Opens a report in a window of its own. */
export async function openPage(browser: Browser, file: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  const address = `file://${file}`;
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => request.url().startsWith(address) || requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(address);
  return { page, requests, complaints, close: () => context.close() };
}
