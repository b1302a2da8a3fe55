/**
 * `node packaging/npm.ts`: dist/hullguard-VERSION.tgz, which `npm publish` takes. All it runs is in one bundle, so it depends on nothing, and nothing
 * runs when it is installed.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import about from '../package.json' with { type: 'json' };
import { buildParts } from './parts.ts';
import { dist, root, run } from './project.ts';
import { typeDeclarations } from './types.ts';

/** Builds it into the folder and returns its path. */
export function buildNpm(folder = dist): string {
  mkdirSync(folder, { recursive: true });
  const tree = mkdtempSync(path.join(folder, '.npm-'));
  try {
    buildParts(path.join(tree, 'dist'));
    writeFileSync(path.join(tree, 'dist/index.d.ts'), typeDeclarations());
    for (const name of ['agent/hullguard.cjs', 'README.md', 'LICENSE']) cpSync(path.join(root, name), path.join(tree, name));
    writeFileSync(path.join(tree, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
    const [file = ''] = run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], tree)
      .trim()
      .split('\n')
      .slice(-1);
    return path.join(folder, file);
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

/** What of ours concerns who installs it. `repository` is what npm holds the provenance of a build against. */
function manifest(): unknown {
  const { name, version, description, license, bin } = about;
  const repository = 'repository' in about ? { repository: about.repository } : {};
  if (!('repository' in about)) console.error('package.json names no repository: npm will not take this package with provenance');
  return {
    name,
    version,
    description,
    keywords: ['docker', 'cis', 'hardening', 'audit', 'security'],
    license,
    ...repository,
    bin,
    types: './dist/index.d.ts',
    exports: { '.': { types: './dist/index.d.ts' }, './package.json': './package.json' },
    files: ['agent/hullguard.cjs', 'dist'],
    engines: { node: '>=24' },
    os: ['linux'],
    publishConfig: { access: 'public', provenance: true },
  };
}

if (import.meta.main) console.log(buildNpm());
