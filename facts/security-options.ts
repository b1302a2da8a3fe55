import { sha256 } from './digest.ts';
import * as z from './schema.ts';

/** A custom seccomp profile is stored whole; what matters of it is whether it forbids anything, and which one it is. */
export const securityOptions = z.pipe(
  z.list(z.string()),
  z.transform((options) => options.map(shortenSeccomp)),
);

function shortenSeccomp(option: string): string {
  const [, profile] = /^seccomp[=:]\s*(\{.*)$/s.exec(option) ?? [];
  if (profile === undefined) return option;
  return `seccomp=(${allowsEverything(profile) ? 'profile that forbids nothing' : `custom profile sha256:${sha256(compact(profile))}`})`;
}

/** JSON without blanks, which clients take out or leave. */
function compact(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

const seccompProfile = z.object({ defaultAction: z.text, syscalls: z.list(z.object({ action: z.text })) });
/** Actions that let a system call through. */
const PERMISSIVE = ['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG'];

function allowsEverything(profile: string): boolean {
  try {
    const { success, data } = seccompProfile.safeParse(JSON.parse(profile));
    return success && [data.defaultAction, ...data.syscalls.map(({ action }) => action)].every((action) => PERMISSIVE.includes(action));
  } catch {
    return false; // not JSON: the engine would not have taken it
  }
}
