/** The command definitions, of which nothing is run. */
import { build } from '../agent/cli.ts';

const silent = { print: () => undefined, say: () => undefined, width: 80, interactive: false, asks: false, color: false };

export const program = build(silent, {}, () => undefined);
