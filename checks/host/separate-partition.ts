import { defineCheck, passIf } from '../check.ts';

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
    const mount = mounts.mounts.findLast(({ mountPoint }) => mountPoint === root.target || mountPoint === root.path);
    const store =
      engine.info.Driver === 'overlayfs' ? '; images of this engine lie in containerd’s own directory, which this does not bound' : '';
    const actual = mount === undefined ? 'a plain directory' : `${mount.filesystem} on ${mount.source}`;
    return [{ resource: root.path, expected: 'a mount point', source, ...passIf(mount !== undefined, actual + store) }];
  },
});
