import { distance } from 'fastest-levenshtein';

/** The names most like a mistyped one, best first: `, did you mean a or b?`; nothing when none is near. */
export function didYouMean(wrong: string, names: readonly string[]): string {
  const ranked = names
    .map((name) => ({ name, far: Math.min(distance(wrong, name), distance(wrong, name.split('/').at(-1) ?? name)) }))
    .filter(({ name, far }) => (far < wrong.length && far <= Math.max(2, wrong.length / 3)) || (wrong.length > 2 && name.includes(wrong)))
    .sort((left, right) => left.far - right.far)
    .slice(0, 3)
    .map(({ name }) => name);
  return ranked.length === 0 ? '' : `, did you mean ${ranked.join(' or ')}?`;
}
