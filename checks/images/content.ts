/** What is in images, and where they come from. */
import type { Container } from '../../facts/containers.ts';
import type { Image } from '../../facts/images.ts';
import type { Policy } from '../../facts/policy.ts';
import { type ContainerOptions, defineCheck, fail, manual, pass, passIf, review, unknown, type Verdict, worstFirst } from '../check.ts';
import { containerEvidence, optionGoal } from '../families/each-container.ts';
import { eachImage, imageEvidence } from '../families/each-image.ts';
import { fullName, isBelow } from './names.ts';

/** `0`, `00`, `+0`, `0:5`, `root:x`, `:5` and nothing at all are uid 0; a name that the image maps to 0 only the running process shows. */
export function isRootUser(user: string): boolean {
  const [name = ''] = user.split(':');
  return name === '' || name === 'root' || /^[-+]?0+$/.test(name);
}

export const nonRootUser = defineCheck({
  id: 'image/non-root-user',
  title: 'Main processes run as a user other than root',
  severity: 'medium',
  stride: ['E'],
  surface: 'image',
  rationale: 'Root in a container has more of the kernel to attack, and is root outside when it gets out.',
  fix: 'Create a user in the image and name it with USER, or run the container with --user; recreate it.',
  impact: 'recreate',
  goal: 'container-option',
  needs: ['containers', 'images'],
  judge({ containers, images }) {
    const evidence = [
      ...containerEvidence(containers, 'first process not uid 0', (container) => {
        const verdict = judgeProcess(container);
        return { ...verdict, ...(verdict.outcome === 'fail' && { goal: optionGoal(container, AS_NOBODY) }) };
      }),
      ...imageEvidence(images, 'a USER other than root', ({ Config }) => judgeUser(Config?.User ?? '')),
    ];
    return evidence.length === 0 ? { notApplicable: 'there are no containers and no images' } : evidence;
  },
});

/** A user that no image and no host is likely to have given anything. */
const AS_NOBODY: ContainerOptions = {
  Config: { User: '10001:10001' },
  advice: 'use the user its image has made for it, if there is one; what it reads and writes has to belong to that user',
};

function judgeUser(user: string): Verdict {
  return passIf(!isRootUser(user), user === '' ? 'User not set, so root' : `User=${user}`);
}

/** The process itself may have dropped or gained what its configuration says. */
function judgeProcess({ Kernel, Config, State }: Container): Verdict & { source?: string } {
  if (Kernel === null) return judgeUser(Config.User);
  const source = `/proc/${State.Pid}/status`;
  const { uid, hostUid } = Kernel;
  // As before it was started, so in the same words.
  if (uid === 0 && hostUid === 0 && isRootUser(Config.User)) return { ...judgeUser(Config.User), source };
  if (uid === null) return { ...unknown('its user is out of sight (run outside any user namespace)'), source };
  const mitigated = uid === 0 && hostUid !== 0 ? `; not root on the host, but uid ${hostUid} (user namespace)` : '';
  return { ...passIf(uid !== 0, `uid ${uid}${mitigated}`), source };
}

export const trustedBase = eachImage({
  id: 'image/trusted-base',
  title: 'Images come from approved registries',
  severity: 'medium',
  stride: ['S', 'T'],
  rationale: 'A look-alike image, or one from an unknown source, may carry malware.',
  fix: 'Pull from approved registries, by digest; name them in policy.allowedRegistries, and what images may be built on in policy.allowedBaseImages.',
  expected: 'a repository of policy.allowedRegistries',
  needs: ['policy'],
  judge(image, { policy, images: { images } }) {
    const [source, base] = [judgeSource(image, policy), judgeBase(image, images, policy)];
    const outcome = worstFirst.find((worst) => [source, base].some((verdict) => verdict?.outcome === worst)) ?? source.outcome;
    return { outcome, actual: base === null ? source.actual : `${source.actual}; ${base.actual}` };
  },
});

function judgeSource(image: Image, { allowedRegistries: allowed }: Policy): Verdict {
  if (allowed === undefined) return review('policy.allowedRegistries says nothing');
  const names = [...image.RepoTags, ...image.RepoDigests].filter((name) => !name.startsWith('<none>'));
  const others = names.filter((name) => !covers(allowed, name));
  // A tag can be given by anybody; only a digest says where an image was pulled from.
  if (image.RepoDigests.length === 0) return review('built or loaded here: its provenance is that of its build');
  return others.length === 0 ? pass(`${names.join(', ')} (by policy.allowedRegistries)`) : fail(others.join(', '));
}

/** By what builds label their images with. */
const BASE_NAME = 'org.opencontainers.image.base.name';

/** An image whose lowest layers are those of another one here is built on that one; a label is what the build says of itself. */
function judgeBase(image: Image, all: readonly Image[], { allowedBaseImages: allowed }: Policy): Verdict | null {
  if (allowed === undefined) return null;
  const named = ({ RepoTags, RepoDigests }: Image): string | undefined =>
    [...RepoTags, ...RepoDigests].find((name) => covers(allowed, name));
  const below = all.filter(({ Layers }) => Layers.length > 0 && Layers.every((layer, index) => image.Layers[index] === layer));
  const base = below.flatMap((other) => named(other) ?? [])[0];
  if (base !== undefined) return pass(`built on ${base}, by its layers (by policy.allowedBaseImages)`);
  const label = image.Config?.Labels[BASE_NAME];
  if (label === undefined)
    return review('what it is built on is unknown: no label, and no image of policy.allowedBaseImages below it here');
  return covers(allowed, label)
    ? pass(`built on ${label}, by its label (by policy.allowedBaseImages)`)
    : fail(`built on ${label}, by its label`);
}

function covers(prefixes: readonly string[], name: string): boolean {
  return prefixes.some((prefix) => isBelow(fullName(name), prefix));
}

export const minimalPackages = manual({
  id: 'image/minimal-packages',
  title: 'Images contain no packages they do not need',
  severity: 'low',
  stride: ['E'],
  surface: 'image',
  rationale: 'Every tool in the image is one an intruder does not have to bring.',
  fix: 'Start from a minimal base image and install only what the service needs; rebuild.',
  impact: 'recreate',
  procedure: 'a package list of each image in use, compared with what its service needs',
});

export const scannedAndRebuilt = manual({
  id: 'image/scanned-and-rebuilt',
  title: 'Images are scanned, and rebuilt when fixes appear',
  severity: 'high',
  stride: ['E'],
  surface: 'image',
  rationale: 'Known flaws stay open in old layers until somebody rebuilds them.',
  fix: 'Scan the images in use regularly, rebuild those with fixable flaws, and recreate their containers.',
  impact: 'recreate',
  procedure: 'a recent scan of every image in use without fixable high or critical flaws',
});

export const healthcheck = eachImage({
  id: 'image/healthcheck',
  title: 'Images declare a health check',
  severity: 'low',
  stride: ['D'],
  rationale: 'A service that hangs stays up unnoticed.',
  fix: 'Add a HEALTHCHECK instruction and rebuild.',
  expected: 'HEALTHCHECK, and not NONE',
  judge(image) {
    const test = image.Config?.Healthcheck?.Test ?? [];
    if (test.length === 0) return fail('none');
    return test[0] === 'NONE' ? fail('switched off (NONE)') : pass('declared');
  },
});

export const noSetuid = manual({
  id: 'image/no-setuid-setgid',
  title: 'Images contain no setuid or setgid programs they do not need',
  severity: 'medium',
  stride: ['E'],
  surface: 'image',
  rationale: 'A setuid program lets any process of the container become its owner.',
  fix: 'Remove the bits in the build (chmod a-s), and run containers with no-new-privileges.',
  impact: 'recreate',
  procedure: 'a list of setuid and setgid files in each image in use (find / -perm /6000)',
});

export const signedArtifacts = manual({
  id: 'image/signed-artifacts-validated',
  title: 'Signatures of artifacts are validated before they are published',
  severity: 'medium',
  stride: ['T', 'S'],
  surface: 'registry',
  rationale: 'A tampered artifact could enter the registry under a trusted name.',
  fix: 'Verify signatures in the pipeline before it uploads.',
  impact: 'none',
  procedure: 'the pipeline step that verifies signatures before the upload',
});
