import type { Mounts } from '../../facts/mounts.ts';
import { isWithin } from '../../facts/paths.ts';
import { defineCheck, fail, passIf, type Verdict } from '../check.ts';

export const separatePartition = defineCheck({
  id: 'host/separate-partition',
  title: 'Docker data lies on a file system of its own',
  severity: 'medium',
  stride: ['D'],
  surface: 'host',
  rationale: 'Images, volumes and logs that grow without bound fill the root file system and stop the whole host.',
  fix: 'Mount a file system at the data directory, or move data-root onto one, while Docker is stopped.',
  impact: 'restart',
  needs: ['files', 'mounts', 'engine'],
  judge({ files, mounts, engine }) {
    const source = 'docker info: DockerRootDir, /proc/PID/mountinfo';
    const root = files['docker-root'][0];
    if (root === undefined || root.status === 'missing') {
      return {
        notApplicable: `the data directory ${engine.info.DockerRootDir} is not visible from here (the engine runs in a virtual machine or container)`,
      };
    }
    const { outcome, actual } = judge(mounts, [root.path, root.target]);
    const store =
      engine.info.Driver === 'overlayfs' ? '; images of this engine lie in containerd’s own directory, which this does not bound' : '';
    return [{ resource: root.path, expected: 'a file system of its own', source, outcome, actual: actual + store }];
  },
});

/** Where mounts are private, dockerd mounts its data directory on itself: a mount point, but the same file system as around it. */
function judge({ mounts }: Mounts, paths: readonly string[]): Verdict {
  const mount = mounts.findLast(({ mountPoint }) => paths.includes(mountPoint));
  if (mount === undefined) return fail('a plain directory');
  const above = mounts.filter(({ mountPoint }) => mountPoint !== mount.mountPoint && isWithin(mount.mountPoint, mountPoint));
  const around = above.toSorted((left, right) => left.mountPoint.length - right.mountPoint.length).at(-1);
  const described = `${mount.filesystem} on ${mount.source}`;
  return passIf(
    around?.device !== mount.device,
    around?.device === mount.device ? `the same file system as ${around.mountPoint}: ${described}` : described,
  );
}
