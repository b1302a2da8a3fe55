import { printableJson } from './printable.ts';
import type { Reporter } from './reporter.ts';

export const json: Reporter = (report) => `${printableJson(report)}\n`;
