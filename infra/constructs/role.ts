import { IamRole } from '@cdktn/provider-aws/lib/iam-role/index.js';
import { IamRolePolicy } from '@cdktn/provider-aws/lib/iam-role-policy/index.js';
import { IamRolePolicyAttachment } from '@cdktn/provider-aws/lib/iam-role-policy-attachment/index.js';
import { document, type Statement } from '../policies/document.ts';
import type { EnvironmentStack } from './stack.ts';

interface Options {
  /** The trust policy: who may take the role. */
  trust: string;
  /** What it may do; a role without statements may do nothing. */
  statements?: Statement[];
  /** Names of policies that AWS keeps, as `service-role/Name`. */
  managed?: string[];
  /** How long who took the role may keep it. */
  hours?: number;
}

/** A role, with one policy of its own. */
export function makeRole(
  stack: EnvironmentStack,
  name: string,
  { trust, statements = [], managed = [], hours = 1 }: Options,
) {
  const role = new IamRole(stack, `${name}-role`, {
    name: `${stack.prefix}-${name}`,
    assumeRolePolicy: trust,
    maxSessionDuration: hours * 3600,
    // Roles that a pipeline makes stay below this.
    permissionsBoundary: `arn:aws:iam::${stack.env.account}:policy/${stack.prefix}-boundary`,
  });
  if (statements.length > 0) {
    new IamRolePolicy(stack, `${name}-policy`, { name, role: role.name, policy: document(statements) });
  }
  for (const policy of managed) {
    const id = `${name}-${policy.replaceAll('/', '-')}`;
    new IamRolePolicyAttachment(stack, id, {
      role: role.name,
      policyArn: `arn:aws:iam::aws:policy/${policy}`,
    });
  }
  return role;
}
