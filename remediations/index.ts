/** One remediation per kind of goal; a kind without one does not compile. */
import type { GoalKind } from '../checks/check.ts';
import { auditRule } from './audit-rule.ts';
import { containerLimit } from './container-limit.ts';
import { containerOption } from './container-option.ts';
import { contentTrust } from './content-trust.ts';
import { daemonSetting } from './daemon-setting.ts';
import { fileMode, fileOwner } from './file-access.ts';
import type { Remediation } from './remediation.ts';

export const remediations: { readonly [K in GoalKind]: Remediation<K> } = {
  'daemon-setting': daemonSetting,
  'file-mode': fileMode,
  'file-owner': fileOwner,
  'audit-rule': auditRule,
  'container-limit': containerLimit,
  'container-option': containerOption,
  'content-trust': contentTrust,
};
