/** The npm package's index.d.ts: types alone, which need no package and no other file. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { environment, root } from './project.ts';

/** Without `export {}` declarations export all that they have, Container too. */
const LOCAL = `/** Names of facts, for \`needs\`. */
export type FactName = keyof Facts;
type Container = Facts['containers']['containers'][number];
export {};
`;

/** Of checks/check.ts: imports, what exists at run time only, and types of that (published.ts has those). */
const UNPUBLISHED = [
  /^import type .*\n/gm,
  /^(?:\/\*\*(?:[^*]|\*(?!\/))*\*\/\n)?export (?:declare (?:const|function)|interface Verdict) .*(?:\n[ }].*)*\n/gm,
  /^(?:\/\*\*(?:[^*]|\*(?!\/))*\*\/\n)?export type .*\btypeof .*\n/gm,
];

export function typeDeclarations(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'hullguard-types-'));
  try {
    const config = {
      extends: path.join(root, 'tsconfig.json'),
      files: [path.join(root, 'packaging/published.ts')],
      include: [],
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        rootDir: root,
        outDir: folder,
        typeRoots: [path.join(root, 'node_modules/@types')],
      },
    };
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
    compile(folder);
    const published = readFileSync(path.join(folder, 'packaging/published.d.ts'), 'utf8');
    const check = readFileSync(path.join(folder, 'checks/check.d.ts'), 'utf8');
    return [
      published.replaceAll(/^export declare const (\w+): /gm, 'export type $1 = '),
      LOCAL,
      UNPUBLISHED.reduce((text, pattern) => text.replaceAll(pattern, ''), check),
    ].join('');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** TS4023 tells of files whose types cannot be declared without those that they keep to themselves. The two that are read are not among them. */
function compile(folder: string): void {
  const { error, stdout } = spawnSync(path.join(root, 'node_modules/.bin/tsc'), ['--project', folder, '--pretty', 'false'], {
    env: environment,
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  const problems = stdout.split('\n').filter((line) => /\berror TS/.test(line) && !line.includes('TS4023'));
  if (problems.length > 0) throw new Error(problems.join('\n'));
}
