/** In-memory hosts built from literals: a hardened one by default, so that a row says only what differs. */
import { type CommandResult, type FileStatus, type Host, HostError, type HostErrorCode } from '../facts/host.ts';
import type { Policy } from '../facts/policy.ts';
import { policySchema } from '../facts/policy.ts';
import { apiAnswers, hardenedCommands, hardenedFiles } from './hardened-host.ts';

/** Nested overrides of a literal. Arrays and nulls replace, objects merge. */
export type Literal = { readonly [key: string]: unknown };

export interface FakeFile {
  readonly kind?: FileStatus['kind'];
  readonly content?: string;
  readonly link?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly modifiedAt?: number;
  readonly changedAt?: number;
  /** Reading it, or asking for it, fails like this. */
  readonly error?: HostErrorCode;
}

export interface HostLiteral {
  /** The dockerd process; null for none. Its flags follow `dockerd`. */
  readonly dockerd?: { readonly flags?: readonly string[]; readonly uid?: number; readonly environment?: string } | null;
  /** Content of /etc/docker/daemon.json: an object, its text, or null for no file. */
  readonly daemonJson?: Literal | string | null;
  readonly info?: Literal;
  readonly version?: Literal;
  readonly networks?: readonly Literal[];
  readonly volumes?: readonly Literal[];
  /** Overrides of a hardened container each. */
  readonly containers?: readonly Literal[];
  readonly images?: readonly Literal[];
  /** Build history of each image, newest first as the API has it. */
  readonly history?: readonly string[];
  /** Files by path; text is content, null takes one of the default files away. */
  readonly files?: { readonly [path: string]: FakeFile | string | null };
  /** Answers of programs, by name or by the whole command line. */
  readonly commands?: { readonly [command: string]: Partial<CommandResult> | HostErrorCode };
  /** Answers of the engine, by path; a HostError is thrown. */
  readonly api?: { readonly [path: string]: unknown };
  /** Asks for an engine; null for a host without any. */
  readonly endpoint?: string | null;
  readonly policy?: Partial<Policy>;
}

/** Builds the host. Unmentioned parent directories exist, owned by root with mode 0755. */
export function fakeHost(literal: HostLiteral = {}): Host {
  const files = new Map<string, FakeFile>();
  for (const [path, file] of Object.entries({ ...hardenedFiles(literal), ...literal.files })) {
    if (file === null) continue;
    files.set(path, typeof file === 'string' ? { content: file } : file);
  }
  for (const path of [...files.keys()]) {
    for (let parent = path; parent !== ''; ) {
      parent = parent.slice(0, parent.lastIndexOf('/'));
      if (!files.has(parent || '/')) files.set(parent || '/', { kind: 'directory', mode: 0o755 });
    }
  }
  const commands = { ...hardenedCommands, ...literal.commands };
  const answers = apiAnswers(literal);
  /** As the kernel does for a plain read: links above the last component, and in it, are followed. */
  function follow(path: string): string {
    const parts = path.split('/').filter(Boolean);
    let here = '';
    for (const part of parts) {
      here = `${here}/${part}`;
      const file = files.get(here);
      if (file?.kind === 'link' && file.link !== undefined)
        here = follow(file.link.startsWith('/') ? file.link : `${here.slice(0, here.lastIndexOf('/'))}/${file.link}`);
    }
    return here || '/';
  }
  function get(path: string): FakeFile {
    const file = files.get(follow(path));
    if (file === undefined) throw new HostError('missing', `${path}: no such file`);
    if (file.error !== undefined) throw new HostError(file.error, `${path}: ${file.error}`);
    return file;
  }
  const host: Host = {
    requestedEndpoint: literal.endpoint === undefined || literal.endpoint === null ? null : literal.endpoint,
    home: '/root',
    addresses: ['192.0.2.1'],
    lstat(path) {
      const parent = path.slice(0, path.lastIndexOf('/'));
      const real = `${parent === '' ? '' : follow(parent)}${path.slice(path.lastIndexOf('/'))}`;
      // The kernel shows another process' root through /proc/PID/root, where the fake keeps a link.
      const file = files.get(path.includes('/root/') ? follow(path) : real === '' ? '/' : real);
      if (file === undefined) return null;
      if (file.error === 'denied') throw new HostError('denied', `${path}: permission denied`);
      const kind = file.kind ?? 'file';
      const mode = file.mode ?? (kind === 'directory' ? 0o755 : kind === 'link' ? 0o777 : 0o644);
      return {
        kind,
        mode,
        uid: file.uid ?? 0,
        gid: file.gid ?? 0,
        size: file.content?.length ?? 0,
        modifiedAt: file.modifiedAt ?? 0,
        changedAt: file.changedAt ?? file.modifiedAt ?? 0,
        identity: follow(path),
      };
    },
    readlink: (path) => files.get(path)?.link ?? '',
    read(path, limit = 1 << 20) {
      const file = get(path);
      if ((file.kind ?? 'file') === 'directory') throw new HostError('io', `${path}: is a directory`);
      if ((file.content ?? '').length > limit) throw new HostError('too-large', `${path}: larger than ${limit} bytes`);
      return file.content ?? '';
    },
    list(path) {
      get(path);
      const prefix = `${follow(path)}/`.replace('//', '/');
      const names = [...files.keys()]
        .filter((name) => name.startsWith(prefix))
        .map((name) => name.slice(prefix.length).split('/')[0] ?? '');
      return [...new Set(names)].filter(Boolean);
    },
    async run(program, args) {
      const answer = commands[[program, ...args].join(' ')] ?? commands[program] ?? 'missing';
      if (typeof answer === 'string') throw new HostError(answer, `${program}: ${answer}`);
      return { status: 0, stdout: '', stderr: '', ...answer };
    },
    async docker(_endpoint, path) {
      const answer = answers[path];
      if (answer instanceof Error) throw answer;
      if (answer === undefined) throw new HostError('not-found', `GET ${path}: not found`);
      return structuredClone(answer);
    },
    memory: async () => 8 * 2 ** 30,
    // That nothing is followed there is the real host's business, and tested on one.
    within: (directory) => ({
      lstat: (path) => host.lstat(`${directory}/${path}`),
      read: (path, limit) => host.read(`${directory}/${path}`, limit),
      list: (path) => host.list(`${directory}/${path}`),
    }),
  };
  return host;
}

export function fakePolicy(literal: HostLiteral = {}): Policy {
  return { ...policySchema.parse({}), ...literal.policy };
}
