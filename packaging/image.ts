/**
 * `node packaging/image.ts`: dist/image/, the folder that `docker build` makes the image of: the executable, the libraries it needs and auditctl, of
 * the Debian release that apt has here. Then builds it, where docker answers.
 */
import { cpSync, globSync, lutimesSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { buildExecutable } from './executable.ts';
import { commit, dist, epoch, run, version } from './project.ts';

const PACKAGES = ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1', 'auditd', 'libaudit1', 'libauparse0', 'libcap-ng0'];
/** auditctl reads the kernel's rules; the loader is where both ask for it; the copyright files are what licences ask for. */
const KEPT = [
  '{usr/,}sbin/auditctl',
  '{usr/,}lib64/ld-linux-*',
  '{usr/,}lib/*-linux-gnu/{ld-linux-*,libc.so.*,libm.so.*,libdl.so.*,libpthread.so.*,libstdc++.so.*,libgcc_s.so.*,libatomic.so.*}',
  '{usr/,}lib/*-linux-gnu/{libaudit.so.*,libauparse.so.*,libcap-ng.so.*}',
  'usr/share/doc/*/copyright',
];

/** Lays it out, and returns the folder. */
export function layOutImage(executable: string, folder = path.join(dist, 'image')): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(path.join(folder, '.packages-'));
  run('apt-get', ['-qq', '-o', 'APT::Sandbox::User=root', 'download', ...PACKAGES], work);
  for (const file of globSync('*.deb', { cwd: work })) run('dpkg', ['-x', file, 'tree'], work);
  const rootfs = path.join(folder, 'rootfs');
  const tree = path.join(work, 'tree');
  for (const file of KEPT.flatMap((pattern) => globSync(pattern, { cwd: tree })))
    cpSync(path.join(tree, file), path.join(rootfs, file), { verbatimSymlinks: true });
  rmSync(work, { recursive: true });
  cpSync(executable, path.join(rootfs, 'usr/bin/hullguard'));
  cpSync(path.join(import.meta.dirname, 'image'), folder, { recursive: true });
  for (const file of globSync('**', { cwd: folder })) lutimesSync(path.join(folder, file), epoch, epoch);
  return folder;
}

/** Builds the image by that docker command. */
export function buildArguments(folder: string, tag: string): string[] {
  return ['build', '--tag', tag, '--build-arg', `VERSION=${version}`, '--build-arg', `REVISION=${commit ?? ''}`, folder];
}

if (import.meta.main) {
  const folder = layOutImage(buildExecutable(process.arch === 'arm64' ? 'arm64' : 'x64'));
  console.log(run('docker', buildArguments(folder, `hullguard:${version}`)));
}
