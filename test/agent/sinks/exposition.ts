/** A strict reader of Prometheus' text format: what it takes, promtool takes. */

export interface Exposition {
  /** By name and labels as they stand: `name{a="b"}`. */
  readonly samples: ReadonlyMap<string, number>;
  readonly types: ReadonlyMap<string, string>;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const PAIR = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const SAMPLE = new RegExp(`^(${NAME})(\\{${PAIR}(?:,${PAIR})*\\})? (-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?)$`);

/** Throws at what is not of the format, or against its conventions. */
export function readExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  let family = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const [, keyword, name = '', rest = ''] = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`).exec(line) ?? [];
    if (keyword === 'HELP') {
      if (types.has(name)) throw new Error(`${line}: the family comes twice`);
      family = name;
    } else if (keyword === 'TYPE') {
      if (family !== name) throw new Error(`${line}: without help`);
      if (!['gauge', 'counter'].includes(rest)) throw new Error(`${line}: unknown type`);
      if ((rest === 'counter') !== name.endsWith('_total')) throw new Error(`${line}: _total is for counters, and for them alone`);
      types.set(name, rest);
    } else {
      const [, of, labels = '', value] = SAMPLE.exec(line) ?? [];
      if (of === undefined) throw new Error(`${line}: no sample`);
      if (of !== family || !types.has(of)) throw new Error(`${line}: of another family than ${family}`);
      if (samples.has(of + labels)) throw new Error(`${line}: comes twice`);
      samples.set(of + labels, Number(value));
    }
  }
  for (const name of types.keys())
    if (![...samples.keys()].some((key) => key === name || key.startsWith(`${name}{`))) throw new Error(`${name}: without a sample`);
  return { samples, types };
}
