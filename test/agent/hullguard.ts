/** The command line within this process: what it prints and what it returns. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { run } from '../../agent/cli.ts';
import { collectFacts } from '../../agent/collect.ts';
import { formatFacts } from '../../agent/facts-file.ts';
import { type CollectorName, collectors, type Recording } from '../../facts/index.ts';
import { fakeHost, fakePolicy, type HostLiteral } from '../fake-host.ts';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Terminal {
  readonly width?: number;
  readonly color?: boolean;
  readonly environment?: NodeJS.ProcessEnv;
}

export async function hullguard(args: readonly string[], { width = 80, color = false, environment = {} }: Terminal = {}): Promise<Outcome> {
  const printed: string[] = [];
  const said: string[] = [];
  const output = {
    print: (text: string) => void printed.push(text),
    say: (text: string) => void said.push(text),
    width,
    color,
    interactive: false,
    asks: false,
  };
  const code = await run(args, output, environment);
  return { code, stdout: printed.join(''), stderr: said.join('') };
}

/** Everything hullguard would know of a host. */
export function record(literal: HostLiteral = {}): Promise<Recording> {
  return collectFacts(fakeHost(literal), {
    policy: fakePolicy(literal),
    wanted: Object.keys(collectors) as CollectorName[],
    signal: AbortSignal.timeout(5000),
  });
}

/** A directory that is gone when the test is over. */
export async function inScratch<T>(work: (directory: string) => Promise<T> | T): Promise<T> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hullguard-test-'));
  try {
    return await work(directory);
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

/** Runs the command with a file of that content, whose name stands for `FILE` among the arguments. */
export function withFile(content: string | Buffer, args: readonly string[]): Promise<Outcome & { readonly file: string }> {
  return inScratch(async (directory) => {
    const file = path.join(directory, 'file');
    fs.writeFileSync(file, content);
    return { ...(await hullguard(args.map((arg) => (arg === 'FILE' ? file : arg)))), file };
  });
}

/** Audits recorded facts of a host. */
export async function auditFacts(literal: HostLiteral, args: readonly string[] = [], terminal: Terminal = {}): Promise<Outcome> {
  const facts = formatFacts(await record(literal));
  return inScratch((directory) => {
    const file = path.join(directory, 'facts.json');
    fs.writeFileSync(file, facts);
    return hullguard(['audit', '--facts', file, ...args], terminal);
  });
}
