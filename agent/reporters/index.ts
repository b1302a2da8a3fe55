import type { Format } from '../choices.ts';
import { json } from './json.ts';
import type { Reporter } from './reporter.ts';
import { text } from './text.ts';

/** Every report format. */
export const reporters: Readonly<Record<Format, Reporter>> = { text, json };
