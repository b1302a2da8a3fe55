/** dist/: the bundle, and what it was made from: build.json, sbom.cdx.json, licenses.txt. */
import { execFileSync } from 'node:child_process';
import { createHash, hash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import about from '../package.json' with { type: 'json' };
import { type Arch, commit, dist, epoch, locked, root, run, thisArch, version } from './project.ts';

export const PARTS = ['build.json', 'sbom.cdx.json', 'licenses.txt'] as const;

interface Package {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly integrity: string | undefined;
  readonly folder: string;
}

/** Builds into the folder. `arch`: that of the Node that is shipped with it. */
export function buildParts(folder = dist, arch: Arch | null = null): void {
  mkdirSync(folder, { recursive: true });
  const metafile = path.join(folder, 'meta.json');
  const [program = '', ...args] = about.scripts.build.split(' ');
  run(path.join(root, 'node_modules/.bin', program), [
    ...args,
    `--outfile=${path.join(folder, 'hullguard.cjs')}`,
    `--metafile=${metafile}`,
  ]);
  const { inputs } = JSON.parse(readFileSync(metafile, 'utf8')) as { readonly inputs: Readonly<Record<string, unknown>> };
  rmSync(metafile);
  const packages = bundled(Object.keys(inputs));
  const runtime = arch === null ? null : packageOf(nodeFolder(arch));
  const parts: Record<(typeof PARTS)[number], string> = {
    'build.json': json({ version, commit, date: new Date(epoch * 1000).toISOString().slice(0, 10) }),
    'sbom.cdx.json': json(bom(packages, runtime)),
    'licenses.txt': licenses(runtime === null ? packages : [...packages, runtime]),
  };
  for (const [name, text] of Object.entries(parts)) writeFileSync(path.join(folder, name), text);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** The packages that the bundler took anything from. */
function bundled(files: readonly string[]): Package[] {
  const folders = files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  return [...new Set(folders)].toSorted().map(packageOf);
}

function packageOf(folder: string): Package {
  const entry = locked[folder];
  if (entry === undefined) throw new Error(`${folder}: not in package-lock.json`);
  const { version, license = 'NOASSERTION', integrity } = entry;
  return { name: folder.replace(/^.*node_modules\//, ''), version, license, integrity, folder };
}

/** CycloneDX 1.5. Without a time, and with a serial number that follows from what it says, so that the same parts have the same document. */
function bom(packages: readonly Package[], runtime: Package | null): unknown {
  const components = [...packages.map(component), ...(runtime === null ? [] : [runtimeComponent(runtime)])];
  const product = {
    type: 'application',
    'bom-ref': `hullguard@${version}`,
    name: 'hullguard',
    version,
    purl: `pkg:npm/hullguard@${version}`,
    licenses: [{ license: { id: about.license } }],
    ...(commit !== null && { properties: [{ name: 'hullguard:commit', value: commit }] }),
  };
  const digest = createHash('sha256')
    .update(JSON.stringify([product, components]))
    .digest('hex');
  const uuid = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: `urn:uuid:${uuid}`,
    version: 1,
    metadata: { component: product },
    components,
    dependencies: [{ ref: product['bom-ref'], dependsOn: components.map((each) => each['bom-ref']) }],
  };
}

function component({ name, version, license, integrity }: Package) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    licenses: [/ (OR|AND|WITH) /.test(license) ? { expression: license } : { license: { id: license } }],
    ...(integrity !== undefined && {
      hashes: [{ alg: 'SHA-512', content: Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex') }],
    }),
  };
}

/** The package that Node comes in; in it Node, and the libraries that are part of that: what scanners look for by name. */
function runtimeComponent(runtime: Package) {
  const versions = JSON.parse(run(nodeFor(thisArch()), ['-p', 'JSON.stringify(process.versions)'])) as Record<string, string>;
  const parts = Object.entries(versions).filter(([name]) => !NO_PARTS.includes(name));
  return {
    ...component(runtime),
    type: 'platform',
    components: parts.map(([name, version]) => {
      const purl = `pkg:generic/${name}@${version}`;
      return { type: name === 'node' ? 'platform' : 'library', 'bom-ref': purl, name, version, purl };
    }),
  };
}

/** What `process.versions` tells beside libraries: interfaces, and data of ICU. */
const NO_PARTS = ['modules', 'napi', 'cldr', 'tz', 'unicode'];

function licenses(packages: readonly Package[]): string {
  const own = readFileSync(path.join(root, 'LICENSE'), 'utf8');
  const texts = packages.map(({ name, version, license, folder }) => {
    const [file] = globSync('{LICEN[CS]E,licen[cs]e,COPYING}*', { cwd: path.join(root, folder) }).toSorted();
    const text = file === undefined ? 'Its package contains no text of it.' : readFileSync(path.join(root, folder, file), 'utf8').trim();
    return `${'='.repeat(80)}\n${name} ${version}: ${license}\n\n${text}\n`;
  });
  return `hullguard ${version}: ${about.license}\n\n${own.trim()}\n\nIt contains:\n\n${texts.join('\n')}`;
}

/** The Node of the lockfile for that architecture. Throws where it cannot be had. */
export function nodeFor(arch: Arch): string {
  return path.join(root, nodeFolder(arch), 'bin/node');
}

/** Where its package lies. npm installs that of this machine; another is fetched once. */
function nodeFolder(arch: Arch): string {
  const folder = `node_modules/node-linux-${arch}`;
  const manifest = path.join(root, folder, 'package.json');
  if (!existsSync(manifest)) fetchPackage(folder);
  const { version: found } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string };
  const { version: wanted } = packageOf(folder);
  if (found !== wanted) throw new Error(`${folder} is ${found}, and package-lock.json says ${wanted}: run npm ci`);
  return folder;
}

function fetchPackage(folder: string): void {
  const { name, version, integrity } = packageOf(folder);
  const work = mkdtempSync(path.join(root, 'node_modules/.fetched-'));
  try {
    // With this machine's own variables: they may say how it reaches the registry.
    const pack = ['pack', '--loglevel=error', '--pack-destination=.', `${name}@${version}`];
    execFileSync('npm', pack, { cwd: work, stdio: ['ignore', 'ignore', 'inherit'] });
    const [tarball = ''] = globSync('*.tgz', { cwd: work });
    const digest = hash('sha512', readFileSync(path.join(work, tarball)), 'base64');
    if (integrity !== `sha512-${digest}`) throw new Error(`${name}@${version} is not the package of package-lock.json`);
    run('tar', ['--no-same-owner', '-xzf', tarball], work);
    // Another build may have been faster; what it has fetched is the same.
    if (!existsSync(path.join(root, folder))) renameSync(path.join(work, 'package'), path.join(root, folder));
  } finally {
    rmSync(work, { recursive: true });
  }
}
