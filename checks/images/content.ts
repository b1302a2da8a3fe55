/** What is in images, and where they come from. */
import { imageName } from '../../facts/images.ts';
import { defineCheck, type Evidence, fail, manual, pass, passIf, review } from '../check.ts';
import { containerName } from '../families/each-container.ts';
import { eachImage } from '../families/each-image.ts';

/** `0`, `00`, `0:5`, `root:x`, `:5` and nothing at all are uid 0; a name that the image maps to 0 only the running process shows. */
export function isRootUser(user: string): boolean {
  const [name = ''] = user.split(':');
  return name === '' || name === 'root' || /^0+$/.test(name);
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
  needs: ['containers', 'images', 'daemon'],
  judge({ containers, images, daemon }) {
    const mitigated = daemon.rootless || daemon.settings['userns-remap']?.value === 'on' ? '; not root on the host (user namespace)' : '';
    const evidence = [
      ...containers.containers.map((container): Evidence => {
        const resource = `container ${containerName(container)}`;
        const expected = 'first process not uid 0';
        if (container.Kernel !== null) {
          const { uid } = container.Kernel;
          return {
            resource,
            expected,
            source: `/proc/${container.State.Pid}/status`,
            ...passIf(uid !== 0, `uid ${uid ?? 'unmapped'}${uid === 0 ? mitigated : ''}`),
          };
        }
        const user = container.Config.User;
        const stopped = container.State.Running ? '' : ` (container is ${container.State.Status || 'not running'})`;
        return {
          resource,
          expected,
          source: 'docker inspect',
          ...passIf(!isRootUser(user), `${user === '' ? 'User not set, so root' : `User=${user}`}${stopped}`),
        };
      }),
      ...containers.unreadable.map(
        (entry): Evidence => ({
          resource: `container ${containerName(entry)}`,
          expected: 'first process not uid 0',
          source: 'docker inspect',
          outcome: 'error',
          actual: entry.reason,
        }),
      ),
      ...images.images.map((image): Evidence => {
        const user = image.Config?.User ?? '';
        return {
          resource: `image ${imageName(image)}`,
          expected: 'a USER other than root',
          source: 'docker image inspect',
          ...passIf(!isRootUser(user), user === '' ? 'User not set, so root' : `User=${user}`),
        };
      }),
      ...images.unreadable.map(
        (entry): Evidence => ({
          resource: `image ${entry.Name}`,
          expected: 'a USER other than root',
          source: 'docker image inspect',
          outcome: 'error',
          actual: entry.reason,
        }),
      ),
    ];
    return evidence.length === 0 ? { notApplicable: 'there are no containers and no images' } : evidence;
  },
});

export const trustedBase = eachImage({
  id: 'image/trusted-base',
  title: 'Images come from approved registries',
  severity: 'medium',
  stride: ['S', 'T'],
  rationale: 'A look-alike image, or one from an unknown source, may carry malware.',
  fix: 'Pull from approved registries, by digest; name them in policy.allowedRegistries.',
  expected: 'a repository of policy.allowedRegistries',
  needs: ['policy'],
  judge(image, { policy }) {
    const names = [...image.RepoTags, ...image.RepoDigests].filter((name) => !name.startsWith('<none>'));
    const allowed = policy.allowedRegistries;
    if (allowed === undefined) return review('policy.allowedRegistries says nothing');
    if (names.length === 0) return review('it has no name: built or loaded here');
    return names.map(fullName).every((name) => allowed.some((prefix) => isBelow(name, prefix)))
      ? pass(names.join(', '))
      : fail(names.join(', '));
  },
});

/** The name with the registry that Docker adds in thought: `busybox` is docker.io/library/busybox. */
function fullName(name: string): string {
  const [first = '', ...rest] = name.split('/');
  if (rest.length === 0) return `docker.io/library/${name}`;
  return /[.:]/.test(first) || first === 'localhost' ? name : `docker.io/${name}`;
}

/** The prefix ends at a boundary: `example.com/app` is not below `example.com/ap`. */
function isBelow(name: string, prefix: string): boolean {
  return name.startsWith(prefix) && (prefix.endsWith('/') || /^($|[/:@])/.test(name.slice(prefix.length)));
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
