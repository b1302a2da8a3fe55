import type { Mounts } from '../../facts/mounts.ts';
import { isWithin, normalise } from '../../facts/paths.ts';
import { defineCheck, fail, pass, unknown, type Verdict } from '../check.ts';

export const separatePartition = defineCheck({
  id: 'host/separate-partition',
  title: 'Docker data lies on a file system of its own',
  severity: 'medium',
  stride: ['D'],
  surface: 'host',
  rationale: 'Images, volumes and logs that grow without bound fill the root file system and stop the whole host.',
  fix: 'Mount a file system at the data directory, or move data-root onto one, while Docker is stopped.',
  impact: 'restart',
  needs: ['files', 'mounts', 'engine', 'daemon'],
  judge({ files, mounts, engine, daemon }) {
    const source = 'docker info: DockerRootDir, /proc/PID/mountinfo';
    const root = files['docker-root'][0];
    if (root === undefined || root.status === 'missing') {
      return {
        notApplicable: `the data directory ${engine.info.DockerRootDir} is not visible from here (the engine runs in a virtual machine or container)`,
      };
    }
    const store =
      engine.info.Driver === 'overlayfs' ? '; images of this engine lie in containerd’s own directory, which this does not bound' : '';
    // Only dockerd's own mount table tells: in a container, a bind mount of the directory is a mount point that the host does not have.
    const { outcome, actual } =
      daemon.unseen === null ? judge(mounts, [root.path, root.target]) : unknown(`what dockerd has mounted: ${daemon.unseen}`);
    return [{ resource: root.path, subject: { path: root.path }, expected: 'a mount point', source, outcome, actual: actual + store }];
  },
});

function judge({ mounts }: Mounts, paths: readonly string[]): Verdict {
  const mount = mounts.findLast(({ mountPoint }) => paths.includes(mountPoint));
  if (mount === undefined) return fail('a plain directory');
  const above = mounts.filter(({ mountPoint }) => mountPoint !== mount.mountPoint && isWithin(mount.mountPoint, mountPoint));
  const around = above.toSorted((left, right) => left.mountPoint.length - right.mountPoint.length).at(-1);
  const described = `${mount.filesystem} on ${mount.source}`;
  return isOnItself(mount, around) ? fail(`a plain directory, mounted on itself: ${described}`) : pass(described);
}

type Mount = Mounts['mounts'][number];

/** Where mounts are private, dockerd mounts its data directory on itself; nobody has given it room of its own by that. */
function isOnItself(mount: Mount, around: Mount | undefined): boolean {
  if (around === undefined || around.device !== mount.device) return false;
  return mount.root === normalise(`${around.root}/${mount.mountPoint.slice(around.mountPoint.length)}`);
}
