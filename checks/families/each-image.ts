import { type Image, type Images, imageName } from '../../facts/images.ts';
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
      const evidence = imageEvidence(facts.images, expected, (image) => ({ source, ...judge(image, facts) }));
      return evidence.length === 0 ? { notApplicable: 'there are no images' } : evidence;
    },
  });
}

/** What was seen of each image, and which ones could not be seen. */
export function imageEvidence(
  { images, unreadable }: Images,
  expected: string,
  judge: (image: Image) => Verdict & { readonly source?: string | undefined },
): Evidence[] {
  const seen = images.map((image): Evidence => {
    const { outcome, actual, source = 'docker image inspect' } = judge(image);
    return { resource: `image ${imageName(image)}`, subject: { image: image.Id }, expected, outcome, actual, source };
  });
  return [
    ...seen,
    ...unreadable.map(
      ({ Name, reason }): Evidence => ({ resource: `image ${Name}`, expected, source: 'docker image inspect', ...unknown(reason) }),
    ),
  ];
}
