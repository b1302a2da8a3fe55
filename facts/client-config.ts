/** The configuration and the contexts of a Docker client: names and addresses, never what they hold. */
import { addressWithoutSecrets, registryName } from './client-variables.ts';
import { parseObject } from './json.ts';
import * as z from './schema.ts';

const config = z.object({
  auths: z.dictionary(z.object({ auth: z.text, password: z.text, identitytoken: z.text, registrytoken: z.text })),
});

const context = z.object({
  Name: z.string(),
  Endpoints: z.object({ docker: z.nullish(z.object({ Host: z.text, SkipTLSVerify: z.flag })) }),
});

export interface ClientConfig {
  /** Registries whose credentials are in it. */
  readonly clear: readonly string[];
}

/** Null for what Docker would not write. Entries whose credentials a helper keeps are empty. */
export function parseClientConfig(text: string): ClientConfig | null {
  const parsed = parseObject(text);
  const result = parsed.ok ? config.safeParse(parsed.value) : null;
  if (result?.success !== true) return null;
  const kept = Object.entries(result.data.auths).filter(([, entry]) => Object.values(entry).some((value) => value !== ''));
  return { clear: kept.map(([registry]) => registryName(registry)).sort() };
}

/** Null for what is no context of a Docker engine. */
export function parseContext(text: string): { readonly name: string; readonly host: string; readonly skip: boolean } | null {
  const parsed = parseObject(text);
  const result = parsed.ok ? context.safeParse(parsed.value) : null;
  const docker = result?.success === true ? result.data.Endpoints.docker : null;
  if (result?.success !== true || !docker?.Host) return null;
  const name = /^[\w.+-]{1,128}$/.test(result.data.Name) ? result.data.Name : z.HIDDEN;
  return { name, host: addressWithoutSecrets(docker.Host), skip: docker.SkipTLSVerify };
}
