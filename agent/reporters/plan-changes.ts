/** The changes of a plan as a person would read and write them: differences of files, and commands. */
import type { Access, Change, ChangeOf, ContainerLimits, Plan } from '../../remediations/plan.ts';
import type { Paint, Style } from './layout.ts';
import { printable } from './printable.ts';

const INDENT = '  ';

/** Each file's difference: what goes in red, what comes in green. */
export function diffLines({ diff }: Plan['files'][number], paint: Paint): string[] {
  const lines = diff.replace(/\n$/, '').split('\n');
  return lines.map((line, index) => {
    // A tab moves the cursor and nothing else; spelled out it would spoil what people indent with it.
    const text = `${INDENT}${line.split('\t').map(printable).join('\t')}`.trimEnd();
    const style = index < 2 ? 'bold' : (MARKS[line.slice(0, 1)] ?? null);
    return style === null ? text : paint(style, text);
  });
}

const MARKS: Readonly<Record<string, Style>> = { '+': 'green', '-': 'red', '@': 'cyan' };

/** A change that is no file's content: what it takes, and what was before. */
export interface Deed {
  readonly commands: readonly string[];
  readonly before: string;
}

export function deedOf(change: Change): Deed | null {
  switch (change.kind) {
    case 'setting':
    case 'lines':
      return null;
    case 'access':
      return accessDeed(change);
    case 'audit-rule':
      return { commands: [`auditctl ${change.rule}`], before: '' };
    case 'limits':
      return { commands: [`docker update ${limitWords(change.after).join(' ')} ${change.name}`], before: limitsBefore(change) };
  }
}

function accessDeed({ path, before, after }: ChangeOf<'access'>): Deed {
  const owner = before.uid === after.uid && before.gid === after.gid ? [] : [`chown ${after.uid}:${after.gid} ${path}`];
  const mode = before.mode === after.mode ? [] : [`chmod ${octal(after)} ${path}`];
  const was = [...(owner.length > 0 ? [`${before.uid}:${before.gid}`] : []), ...(mode.length > 0 ? [octal(before)] : [])];
  return { commands: [...owner, ...mode], before: was.join(', ') };
}

function octal({ mode }: Access): string {
  return mode.toString(8).padStart(4, '0');
}

const OPTIONS: { readonly [K in keyof ContainerLimits]-?: (value: NonNullable<ContainerLimits[K]>) => string } = {
  Memory: (bytes) => `--memory ${bytes}`,
  MemorySwap: (bytes) => `--memory-swap ${bytes}`,
  NanoCpus: (count) => `--cpus ${count / 1e9}`,
  PidsLimit: (count) => `--pids-limit ${count}`,
  RestartPolicy: ({ Name, MaximumRetryCount: count }) => `--restart ${Name}${count > 0 ? `:${count}` : ''}`,
};

function limitWords(limits: ContainerLimits): string[] {
  const { Memory, MemorySwap, NanoCpus, PidsLimit, RestartPolicy } = limits;
  return [
    ...(Memory === undefined ? [] : [OPTIONS.Memory(Memory)]),
    ...(MemorySwap === undefined ? [] : [OPTIONS.MemorySwap(MemorySwap)]),
    ...(NanoCpus === undefined ? [] : [OPTIONS.NanoCpus(NanoCpus)]),
    ...(PidsLimit == null ? [] : [OPTIONS.PidsLimit(PidsLimit)]),
    ...(RestartPolicy === undefined ? [] : [OPTIONS.RestartPolicy(RestartPolicy)]),
  ];
}

/** Zero and nothing are the engine's ways to say that there is no limit. */
function limitsBefore({ before }: ChangeOf<'limits'>): string {
  const set = Object.entries(before).flatMap(([key, value]) => {
    if (value === null || value === 0) return [];
    if (typeof value !== 'object') return [`${key} ${value}`];
    return value.Name === '' || value.Name === 'no' ? [] : [`restart ${value.Name}`];
  });
  return set.length > 0 ? set.join(', ') : 'none';
}
