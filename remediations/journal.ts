/** What is written down before anything is changed, so that it can be undone whatever happens. */
import * as z from '../facts/schema.ts';
import { planSchema } from './plan.ts';

const access = { mode: z.int(), uid: z.int(), gid: z.int() };
const running = z.strictObject({ id: z.string(), name: z.string() });
const port = z.strictObject({ container: z.string(), host: z.string(), port: z.int() });

export const journalSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** `20261121T114311Z-3f2a`. */
  id: z.string(),
  at: z.iso.datetime(),
  /** Who ran the command. */
  by: z.string(),
  plan: planSchema,
  /** Files of before. `content` is base64; null where there was no file. `directories`: those made for it. */
  files: z.array(
    z.strictObject({
      path: z.string(),
      content: z.nullable(z.string()),
      ...access,
      modified: z.string(),
      accessed: z.string(),
      directories: z.array(z.string()),
    }),
  ),
  /** What ran and which published ports accepted connections; both are to be so again. */
  running: z.array(running),
  ports: z.array(port),
  /** The site's own way to restart dockerd, which the configuration of the next command may not name. */
  restartCommand: z.nullable(z.array(z.string())),
  /** The daemon that was known to run with what its configuration file said; null where that was not so. */
  settled: z.nullable(z.strictObject({ path: z.string(), pid: z.int(), startedAt: z.number() })),
});

export type Journal = z.infer<typeof journalSchema>;
export type FileBefore = Journal['files'][number];

/**
 * `open`: changes may have been made, the daemon was not asked to take them. `activating`: it may have taken them. Both are undone by the next
 * command. `stuck`: could not be undone wholly; `forgotten`: a person has dealt with that.
 */
export const journalStates = ['open', 'activating', 'applied', 'rolled-back', 'stuck', 'forgotten'] as const;
export type JournalState = (typeof journalStates)[number];

/** The state is the journal's name on disk, so that moving on needs no space. */
export interface Journals {
  create(journal: Journal): void;
  move(id: string, to: JournalState): void;
}
