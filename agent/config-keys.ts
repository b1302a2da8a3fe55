/** The keys of the configuration as its JSON Schema has them: for the documentation, for suggestions, and for `config show`. */
import { didYouMean } from './nearest.ts';

/** What is used of JSON Schema. */
export interface KeySchema {
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, KeySchema>>;
  readonly items?: KeySchema;
  readonly additionalProperties?: KeySchema | boolean;
}

export interface Key {
  /** `profiles.NAME.include`, `policy.containers[].image`. */
  readonly name: string;
  readonly schema: KeySchema;
}

/** All keys, groups before what is in them. */
export function keysOf(schema: KeySchema, prefix = ''): Key[] {
  const { properties = {}, items, additionalProperties } = schema;
  const inner = typeof additionalProperties === 'object' ? keysOf(additionalProperties, `${prefix}NAME.`) : [];
  return [
    ...Object.entries(properties).flatMap(([name, member]) => [
      { name: prefix + name, schema: member },
      ...keysOf(member, `${prefix}${name}.`),
    ]),
    ...(items === undefined ? [] : keysOf(items, prefix.replace(/\.$/, '[].'))),
    ...inner,
  ];
}

/** What somebody may have meant by a key that is none: one beside it, or the same one elsewhere. */
export function nearestKey(path: readonly PropertyKey[], schema: KeySchema): string {
  const wrong = String(path.at(-1));
  const group = path.slice(0, -1).reduce<KeySchema>(below, schema);
  const beside = didYouMean(wrong, Object.keys(group.properties ?? {}));
  if (beside !== '') return beside;
  const elsewhere = keysOf(schema).filter(({ name }) => name.split('.').at(-1) === wrong && !name.includes('NAME') && !name.includes('['));
  return elsewhere.length === 0 ? '' : `, did you mean ${elsewhere.map(({ name }) => name).join(' or ')}?`;
}

function below({ properties = {}, items, additionalProperties }: KeySchema, step: PropertyKey): KeySchema {
  return properties[String(step)] ?? items ?? (typeof additionalProperties === 'object' ? additionalProperties : {});
}
