/**
 * `node packaging/debian.ts [x64|arm64]…`: dist/hullguard_VERSION_ARCH.deb, by Debian's own dpkg-deb, byte for byte the same wherever the same
 * commit is built. Installing it starts nothing.
 */

import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { printCompletion } from '../agent/commands/completion.ts';
import { program } from './commands.ts';
import { buildExecutable } from './executable.ts';
import { manual } from './manual.ts';
import { buildParts } from './parts.ts';
import { type Arch, dist, epoch, root, run, version, wantedArchs } from './project.ts';

const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' } as const satisfies Record<Arch, string>;
const { DEBFULLNAME = 'hullguard', DEBEMAIL = 'hullguard@example.invalid' } = process.env;
const MAINTAINER = `${DEBFULLNAME} <${DEBEMAIL}>`;
const here = path.join(import.meta.dirname, 'debian');

const COPYRIGHT = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: hullguard

Files: *
Copyright: 2026 The hullguard authors
License: Apache-2.0
 On Debian systems, the text of this licence is in
 /usr/share/common-licenses/Apache-2.0.
Comment:
 The executable contains Node.js and packages with licences of their own: their
 texts are in licenses.txt.gz beside this file, and hullguard --licenses prints
 them.
`;

interface Options {
  readonly arch: Arch;
  /** The executable to package. */
  readonly executable: string;
  readonly folder?: string;
  /** The version of the package, where it is not the product's. */
  readonly revision?: string;
  /** As `dpkg-deb -Z` takes it. */
  readonly compression?: string;
}

/** Builds it into the folder and returns its path. */
export function buildDebian(options: Options): string {
  const { arch, folder = dist, revision = version, compression = 'xz' } = options;
  mkdirSync(folder, { recursive: true });
  const tree = mkdtempSync(path.join(folder, '.deb-'));
  try {
    chmodSync(tree, 0o755);
    fill(tree, options);
    describe(tree, arch, revision);
    for (const file of globSync('**', { cwd: tree })) utimesSync(path.join(tree, file), epoch, epoch);
    const file = path.join(folder, `hullguard_${revision}_${ARCHITECTURES[arch]}.deb`);
    // One thread: how xz parts its work would tell how many there were.
    run('dpkg-deb', ['--root-owner-group', `-Z${compression}`, '--threads-max=1', '--build', tree, file]);
    return file;
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

function fill(tree: string, { arch, executable, revision = version }: Options): void {
  const put = (name: string, content: string | Buffer, mode = 0o644): void => {
    const file = path.join(tree, name);
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o755 });
    writeFileSync(file, content, { mode });
  };
  const read = (name: string): Buffer => readFileSync(path.join(root, name));
  put('usr/bin/hullguard', '', 0o755);
  copyFileSync(executable, path.join(tree, 'usr/bin/hullguard'));
  for (const unit of globSync('*', { cwd: path.join(root, 'systemd') })) put(`usr/lib/systemd/system/${unit}`, read(`systemd/${unit}`));
  put('etc/hullguard/config.yaml', read('packaging/debian/config.yaml'));
  put('usr/share/lintian/overrides/hullguard', read('packaging/debian/lintian-overrides'));
  put('usr/share/doc/hullguard/examples/config.yaml', read('docs/config.example.yaml'));
  put('usr/share/doc/hullguard/changelog.gz', packed(changelog(revision)));
  put('usr/share/doc/hullguard/copyright', COPYRIGHT);
  const parts = path.join(tree, 'parts');
  buildParts(parts, arch);
  put('usr/share/doc/hullguard/licenses.txt.gz', packed(readFileSync(path.join(parts, 'licenses.txt'))));
  rmSync(parts, { recursive: true });
  put('usr/share/man/man1/hullguard.1.gz', packed(manual()));
  put('usr/share/bash-completion/completions/hullguard', printCompletion('bash', program));
  put('usr/share/zsh/vendor-completions/_hullguard', printCompletion('zsh', program));
  put('usr/share/fish/vendor_completions.d/hullguard.fish', printCompletion('fish', program));
}

function describe(tree: string, arch: Arch, revision: string): void {
  const files = globSync('**', { cwd: tree })
    .filter((name) => statSync(path.join(tree, name)).isFile())
    .toSorted();
  const sums = files
    .filter((name) => !name.startsWith('etc/'))
    .map(
      (name) =>
        `${createHash('md5')
          .update(readFileSync(path.join(tree, name)))
          .digest('hex')}  ${name}\n`,
    );
  const size = files.reduce((total, name) => total + Math.ceil(statSync(path.join(tree, name)).size / 1024), 0);
  const control = [
    'Package: hullguard',
    `Version: ${revision}`,
    `Architecture: ${ARCHITECTURES[arch]}`,
    `Maintainer: ${MAINTAINER}`,
    `Installed-Size: ${size}`,
    // What the Node inside was linked with, and what the maintainer scripts call.
    'Depends: libc6 (>= 2.28), libstdc++6 (>= 8), libgcc-s1, libatomic1, init-system-helpers (>= 1.54)',
    'Suggests: auditd, docker.io | docker-ce',
    'Section: admin',
    'Priority: optional',
    'Description: audits and hardens Docker hosts, with evidence for every verdict',
    ' hullguard judges a Docker host by the CIS Docker Benchmark, shows what it',
    ' looked at and what it saw there, and mends what can be mended safely. Its',
    ' resident agent tells of drift as it happens, with who caused it.',
    ' .',
    ' Installing it starts nothing. To watch this host:',
    ' systemctl enable --now hullguard',
    '',
  ];
  const folder = path.join(tree, 'DEBIAN');
  mkdirSync(folder, { mode: 0o755 });
  writeFileSync(path.join(folder, 'control'), control.join('\n'), { mode: 0o644 });
  writeFileSync(path.join(folder, 'conffiles'), '/etc/hullguard/config.yaml\n', { mode: 0o644 });
  writeFileSync(path.join(folder, 'md5sums'), sums.join(''), { mode: 0o644 });
  for (const script of ['postinst', 'prerm', 'postrm'])
    writeFileSync(path.join(folder, script), readFileSync(path.join(here, script)), { mode: 0o755 });
}

function changelog(revision: string): string {
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000');
  return `hullguard (${revision}) unstable; urgency=medium\n\n  * Release ${revision}.\n\n -- ${MAINTAINER}  ${date}\n`;
}

/** As `gzip -9n` does. */
function packed(content: string | Buffer): Buffer {
  return gzipSync(content, { level: 9 });
}

if (import.meta.main) {
  console.error('About a minute, most of it to compress …');
  for (const arch of wantedArchs()) console.log(buildDebian({ arch, executable: buildExecutable(arch) }));
}
