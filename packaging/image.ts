/**
 * `node packaging/image.ts`: dist/image/, the folder that `docker build` makes the image of: the executable, the libraries it needs and auditctl, of
 * the Debian release that apt has here. Then builds it, where docker answers.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { buildExecutable } from './executable.ts';
import { commit, dist, epoch, run, thisArch, version } from './project.ts';

const PACKAGES = ['base-files', 'libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1', 'auditd', 'libaudit1', 'libcap-ng0'];
/** What has another name in each release, and is found as what others depend on: libauparse0t64 since Debian 13, and the copyright of libgcc-s1. */
const DEPENDED = /^ *Depends: (libauparse0\w*|gcc-\d+-base)$/gm;
/** auditctl reads the kernel's rules; the loader is where both ask for it; scanners ask for the release, licences for the copyright files. */
const KEPT = [
  'sbin/auditctl',
  '{lib,lib64}/ld-linux-*',
  'lib/*-linux-gnu/{ld-linux-*,libc.so.*,libm.so.*,libdl.so.*,libpthread.so.*,libstdc++.so.*,libgcc_s.so.*,libatomic.so.*}',
  'lib/*-linux-gnu/{libaudit.so.*,libauparse.so.*,libcap-ng.so.*}',
  'lib/os-release',
  'share/{doc/*/copyright,common-licenses/*}',
];

/** Folders of /usr that are found at the top, too. */
const TOP = ['bin', 'lib', 'lib64', 'sbin'];

/** Lays it out, and returns the folder. */
export function layOutImage(executable: string, folder = path.join(dist, 'image')): string {
  rmSync(folder, { recursive: true, force: true });
  const rootfs = path.join(folder, 'rootfs');
  mkdirSync(path.join(rootfs, 'usr/bin'), { recursive: true });
  const work = mkdtempSync(path.join(folder, '.packages-'));
  try {
    takePackages(work, rootfs);
  } finally {
    rmSync(work, { recursive: true });
  }
  cpSync(executable, path.join(rootfs, 'usr/bin/hullguard'));
  for (const name of globSync(TOP, { cwd: path.join(rootfs, 'usr') })) symlinkSync(`usr/${name}`, path.join(rootfs, name));
  requireLoader(executable, rootfs);
  cpSync(path.join(import.meta.dirname, 'image'), folder, { recursive: true });
  for (const file of globSync('**', { cwd: folder }).map((name) => path.join(folder, name))) {
    const about = lstatSync(file);
    if (!about.isSymbolicLink()) chmodSync(file, about.isDirectory() || (about.mode & 0o100) !== 0 ? 0o755 : 0o644);
    lutimesSync(file, epoch, epoch);
  }
  return folder;
}

function takePackages(work: string, rootfs: string): void {
  const depended = run('apt-cache', ['depends', 'auditd', 'libgcc-s1']).matchAll(DEPENDED);
  const names = [...PACKAGES, ...Array.from(depended, ([, name = '']) => name)];
  run('apt-get', ['-qq', '-o', 'APT::Sandbox::User=root', 'download', ...names], work);
  const status = path.join(rootfs, 'var/lib/dpkg/status.d'); // where scanners look in images without dpkg
  mkdirSync(status, { recursive: true });
  for (const file of globSync('*.deb', { cwd: work })) {
    run('dpkg', ['-x', file, 'tree'], work);
    writeFileSync(path.join(status, file.replace(/_.*/, '')), run('dpkg-deb', ['--field', file], work));
  }
  const tree = path.join(work, 'tree');
  // Some packages of Debian 12 have their libraries in /lib. Here all is in /usr, and /lib a link, as on its hosts.
  for (const name of TOP.filter((each) => lstatSync(path.join(tree, each), { throwIfNoEntry: false })?.isDirectory()))
    run('cp', ['-a', name, 'usr'], tree);
  const usr = path.join(tree, 'usr');
  run('cp', ['-a', '--parents', 'etc/debian_version', 'etc/os-release', rootfs], tree); // by which scanners know the release
  const links = readdirSync(path.join(usr, 'share/doc'), { withFileTypes: true }).filter((each) => each.isSymbolicLink());
  run(
    'cp',
    ['-a', '--parents', ...globSync(KEPT, { cwd: usr }), ...links.map(({ name }) => `share/doc/${name}`), path.join(rootfs, 'usr')],
    usr,
  );
}

/** Throws where the loader (elf(5), PT_INTERP) that the executable asks for is missing: the kernel would say that there is no such executable. */
function requireLoader(executable: string, rootfs: string): void {
  const file = readFileSync(executable);
  const [table, size, count] = [Number(file.readBigUInt64LE(32)), file.readUInt16LE(54), file.readUInt16LE(56)];
  const segments = Array.from({ length: count }, (_, index) => file.subarray(table + index * size, table + (index + 1) * size));
  const segment = segments.find((each) => each.readUInt32LE(0) === INTERPRETER);
  if (segment === undefined) return;
  const start = Number(segment.readBigUInt64LE(8));
  const loader = file.toString('latin1', start, start + Number(segment.readBigUInt64LE(32)) - 1);
  const place = path.join(rootfs, loader);
  // A link is followed as inside: in Debian 12 it begins with a slash.
  const isLink = lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  const target = isLink ? path.resolve(path.dirname(loader), readlinkSync(place)) : loader;
  if (existsSync(path.join(rootfs, target))) return;
  throw new Error(
    `${executable} asks for ${loader}, and no package that apt has here brings it: build the image on Debian 12 or 13 of its architecture`,
  );
}

/** The type of the segment that names the loader. */
const INTERPRETER = 3;

/** Builds the image by that docker command. */
export function buildArguments(folder: string): string[] {
  const tags = [version, 'latest'].flatMap((tag) => ['--tag', `hullguard:${tag}`]);
  return ['build', ...tags, '--build-arg', `VERSION=${version}`, '--build-arg', `REVISION=${commit ?? ''}`, folder];
}

if (import.meta.main) {
  const folder = layOutImage(buildExecutable(thisArch()));
  const build = buildArguments(folder);
  if (spawnSync('docker', ['version'], { stdio: 'ignore' }).status === 0) console.log(run('docker', build));
  else console.log(`No docker answers here. The image is laid out in ${folder}, for: docker ${build.join(' ')}`);
}
