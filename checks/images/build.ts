/** How images were built, as far as their history tells. */
import type { BuildStep } from '../../facts/build-steps.ts';
import type { Image } from '../../facts/images.ts';
import { HIDDEN } from '../../facts/schema.ts';
import { isSecretName } from '../../facts/secrets.ts';
import { fail, notApplicable, pass, review, type Verdict } from '../check.ts';
import { eachImage } from '../families/each-image.ts';

/** Judges the build steps. An image without them is for a person to look at, unless the control is about steps alone. */
function judgeSteps({ History: steps }: Image, judge: (steps: readonly BuildStep[]) => Verdict, withoutSteps = review): Verdict {
  if (steps === null) return review('its history could not be read (run as root, on the engine’s host)');
  const imported = steps.every(({ instruction }) => instruction === 'IMPORT');
  return imported ? withoutSteps('it has no build history (imported or squashed)') : judge(steps);
}

const source = 'docker history';

export const updateNotAlone = eachImage({
  id: 'image/update-not-alone',
  title: 'No build step refreshes the package index without installing',
  severity: 'low',
  stride: ['E'],
  rationale: 'The build cache keeps an old index, and later builds install outdated packages from it.',
  fix: 'Put the index update and the installation in one RUN instruction and rebuild.',
  expected: 'no step with an index update alone',
  source,
  judge: (image) =>
    judgeSteps(image, (steps) => {
      const alone = steps.filter((step) => step.updateOnly).length;
      return alone === 0 ? pass('none') : fail(`${alone} such step${alone === 1 ? '' : 's'}`);
    }),
});

export const copyNotAdd = eachImage({
  id: 'image/copy-not-add',
  title: 'Images are built with COPY, not ADD',
  severity: 'low',
  stride: ['T'],
  rationale: 'ADD downloads and unpacks what it is given, unverified.',
  fix: 'Use COPY, and for downloads a RUN step that verifies them; rebuild.',
  expected: 'no ADD after the base image',
  source,
  judge: (image) => judgeSteps(image, judgeAdds, notApplicable),
});

function judgeAdds(steps: readonly BuildStep[]): Verdict {
  const adds = steps.filter(({ instruction }) => instruction === 'ADD');
  const remote = adds.filter((step) => step.remote).length;
  if (adds.length === 0) return pass('none');
  return fail(`${adds.length} ADD step${adds.length === 1 ? '' : 's'}${remote > 0 ? `, ${remote} from the network` : ''}`);
}

export const noSecrets = eachImage({
  id: 'image/no-secrets',
  title: 'Images carry no secret in build arguments, variables or labels',
  severity: 'high',
  stride: ['I'],
  rationale: 'Whoever can pull the image can read them.',
  fix: 'Use build secrets (RUN --mount=type=secret) and run-time secrets; rebuild, and replace what was in the image.',
  expected: 'no name of a secret with a value',
  source: 'docker image inspect, docker history',
  judge(image) {
    const variables = (image.Config?.Env ?? []).filter(isSecretName);
    const labels = Object.entries(image.Config?.Labels ?? {}).flatMap(([name, value]) => (value === HIDDEN ? [name] : []));
    const built = (image.History ?? []).flatMap((step) => step.secrets);
    const names = [...new Set([...variables, ...labels, ...built])];
    if (names.length > 0) return fail(`named like secrets: ${names.join(', ')} (values not read)`);
    if (image.History === null) return review('none in its variables and labels; its history could not be read');
    return pass('no name like a secret; file contents are not searched');
  },
});

export const verifiedPackages = eachImage({
  id: 'image/verified-packages',
  title: 'Builds verify the packages they install',
  severity: 'medium',
  stride: ['T'],
  rationale: 'A package that is not verified can be replaced on its way.',
  fix: 'Remove the options that switch verification off, and verify downloads by checksum or signature; rebuild.',
  expected: 'no step that switches verification off',
  source,
  judge: (image) =>
    judgeSteps(image, (steps) => {
      const ways = [...new Set(steps.flatMap((step) => step.unverified))];
      return ways.length === 0 ? review('no sign of unverified packages; attest the build process') : fail(ways.join(', '));
    }),
});
