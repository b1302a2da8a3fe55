/**
 * `node packaging/executable.ts [x64|arm64]…`: dist/hullguard-linux-ARCH, one file that needs no Node. The Node of the lockfile, less its
 * symbols, with the bundle and the compiled code of it inside. Byte for byte the same wherever the same commit is built.
 */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildParts, nodeFor, PARTS } from './parts.ts';
import { type Arch, dist, run, thisArch, wantedArchs } from './project.ts';

/** Builds it into the folder and returns its path. */
export function buildExecutable(arch: Arch, folder = dist): string {
  const node = nodeFor(arch);
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(path.join(folder, '.build-'));
  try {
    buildParts(work, arch);
    const bare = path.join(work, 'node');
    writeFileSync(bare, withoutCompileCache(withoutSymbols(readFileSync(node))));
    const output = path.join(work, 'hullguard');
    const code = writeProgram(work, arch);
    copyFileSync(path.join(import.meta.dirname, 'start.cjs'), path.join(work, 'start.cjs'));
    writeFileSync(
      path.join(work, 'sea.json'),
      JSON.stringify({
        main: 'start.cjs', // a path would be kept in the file
        executable: bare,
        output,
        disableExperimentalSEAWarning: true,
        assets: Object.fromEntries([...PARTS, ...code].map((name) => [name, name])),
        // Who may set the environment of a root process must not run code in it.
        execArgvExtension: 'none',
        execArgv: [
          '--disable-sigusr1',
          '--disable-warning=ExperimentalWarning',
          '--openssl-config=/dev/null', // that of OPENSSL_CONF may load code
          '--no-use-env-proxy', // NODE_USE_ENV_PROXY would have another server answer for the engine
          '--v8-pool-size=1', // of four threads, which on two cores take a tenth of an audit's time from the engine
        ],
      }),
    );
    run(nodeFor(thisArch()), ['--build-sea', 'sea.json'], work);
    chmodSync(output, 0o755);
    const file = path.join(folder, `hullguard-linux-${arch}`);
    rmSync(file, { force: true }); // one that runs cannot be written to
    copyFileSync(output, file);
    return file;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * The program as one function, and what is compiled of it, which takes a tenth off an audit. Only a Node of that architecture can compile for it. Returns
 * the names of both files.
 */
function writeProgram(folder: string, arch: Arch): string[] {
  const program = path.join(folder, 'program');
  const bundle = readFileSync(path.join(folder, 'hullguard.cjs'), 'utf8');
  writeFileSync(program, `(function (exports, require, module, __filename, __dirname) {${bundle}\n})`);
  if (arch !== process.arch) return ['program'];
  // --predictable: V8 compiles to the same bytes each time, which neither its random seed nor its threads would.
  run(nodeFor(arch), ['--predictable', path.join(import.meta.dirname, 'compiled.ts'), program, path.join(folder, 'compiled')]);
  return ['program', 'compiled'];
}

/** Node would run what lies in the directory that NODE_COMPILE_CACHE names, and has no option against it: here no variable has that name. */
function withoutCompileCache(node: Buffer): Buffer {
  const name = Buffer.from('\0NODE_COMPILE_CACHE\0');
  const first = node.indexOf(name);
  if (first < 0)
    throw new Error('this Node does not look for NODE_COMPILE_CACHE where others do: see to it that none decides what it runs');
  for (let at = first; at >= 0; at = node.indexOf(name, at + 1)) node[at + 1] = 0;
  return node;
}

/**
 * An ELF file of 64 bits (elf(5)) without symbols and debugging data, as strip(1) would leave it, on any machine: what is loaded, then the names of
 * sections and their headers. A fifth less.
 */
function withoutSymbols(file: Buffer): Buffer {
  const [table, size, names] = [Number(file.readBigUInt64LE(40)), file.readUInt16LE(58), file.readUInt16LE(62)];
  const header = (index: number): Buffer => Buffer.from(file.subarray(table + index * size, table + (index + 1) * size));
  const all = Array.from({ length: file.readUInt16LE(60) }, (_, index) => header(index));
  const isLoaded = (section: Buffer): boolean => (section.readBigUInt64LE(8) & 2n) !== 0n;
  const kept = all.slice(0, all.findLastIndex(isLoaded) + 1); // those of symbols come after them
  const endOf = (section: Buffer): number =>
    section.readUInt32LE(4) === NOBITS ? 0 : start(section) + Number(section.readBigUInt64LE(32));
  const loaded = file.subarray(0, (Math.max(...kept.map(endOf)) + 7) & ~7);
  const last = header(names);
  const text = file.subarray(start(last), start(last) + Number(last.readBigUInt64LE(32)));
  last.writeBigUInt64LE(BigInt(loaded.length), 24);
  const bare = Buffer.concat([loaded, text, Buffer.alloc(-text.length & 7), ...kept, last]);
  bare.writeBigUInt64LE(BigInt(bare.length - (kept.length + 1) * size), 40);
  bare.writeUInt16LE(kept.length + 1, 60);
  bare.writeUInt16LE(kept.length, 62);
  return bare;
}

/** The type of sections that take no place in the file. */
const NOBITS = 8;

function start(section: Buffer): number {
  return Number(section.readBigUInt64LE(24));
}

if (import.meta.main) for (const arch of wantedArchs()) console.log(buildExecutable(arch));
