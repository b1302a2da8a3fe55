import { type Image, imageName } from '../../facts/images.ts';
import type { FactName, Facts } from '../../facts/index.ts';
import { type About, type Check, defineCheck, type Evidence, type Judgement, unknown, type Verdict } from '../check.ts';

type Needs<N extends FactName> = N | 'images';

interface Row<N extends FactName> extends Omit<About, 'surface' | 'impact'>, Partial<Pick<About, 'surface' | 'impact'>> {
  readonly expected: string;
  readonly source?: string;
  readonly needs?: readonly N[];
  readonly judge: (image: Image, facts: Pick<Facts, Needs<N>>) => Verdict;
}

/** One question to every image. */
export function eachImage<N extends FactName = 'images'>(row: Row<N>): Check<Needs<N>> {
  const { expected, source, needs = [], judge, ...about } = row;
  return defineCheck<Needs<N>>({
    surface: 'image',
    impact: 'recreate',
    ...about,
    needs: ['images', ...needs],
    judge(facts): Judgement {
      const { images, unreadable } = facts.images;
      if (images.length + unreadable.length === 0) return { notApplicable: 'there are no images' };
      return [
        ...images.map(
          (image): Evidence => ({
            resource: `image ${imageName(image)}`,
            expected,
            source: source ?? 'docker image inspect',
            ...judge(image, facts),
          }),
        ),
        ...unreadable.map(
          (entry): Evidence => ({ resource: `image ${entry.Name}`, expected, source: 'docker image inspect', ...unknown(entry.reason) }),
        ),
      ];
    },
  });
}
