/** Who runs this command, for the journal: the login user behind sudo, where the audit system knows one. */
export function whoAmI(environment: Readonly<Record<string, string | undefined>>): string {
  const uid = process.geteuid?.() ?? 0;
  const user = uid === 0 ? 'root' : `uid ${uid}`;
  const behind = environment['SUDO_USER'];
  return behind ? `${user} (sudo by ${behind})` : user;
}
