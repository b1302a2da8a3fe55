import type { Format } from '../choices.ts';
import type { Extras } from '../extras.ts';
import type { Reporter } from './reporter.ts';

/** Every report format, each loaded when it is asked for. */
export const reporters: Readonly<Record<Format, () => Promise<Reporter>>> = {
  text: async () => (await import('./text.ts')).text,
  json: async () => (await import('./json.ts')).json,
  html: async () => (await import('./html/report.ts')).html,
  sarif: async () => (await import('./sarif.ts')).sarif,
  junit: async () => (await import('./junit.ts')).junit,
  csv: async () => (await import('./csv.ts')).csv,
  markdown: async () => (await import('./markdown.ts')).markdown,
  prometheus: async () => (await import('./prometheus.ts')).prometheus,
  ocsf: async () => (await import('./ocsf.ts')).ocsf,
  xccdf: async () => (await import('./xccdf.ts')).xccdf,
};

/** What a format tells beyond the report; nothing where it is not named. */
export const extrasOf: Readonly<Partial<Record<Format, readonly (keyof Extras)[]>>> = {
  text: ['earlier'],
  html: ['threats', 'plan', 'drift', 'earlier'],
};
