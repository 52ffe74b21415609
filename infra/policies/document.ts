/** One statement of an IAM policy. */
export interface Statement {
  Effect: 'Allow' | 'Deny';
  Action: string[];
  Resource: string[];
  Principal?: Record<string, string | string[]> | '*';
  Condition?: Record<string, Record<string, string | string[]>>;
}

/** Allow actions on resources. */
export const allow = (
  Action: string[],
  Resource: string[],
  Condition?: Statement['Condition'],
): Statement => ({
  Effect: 'Allow',
  ...{ Action, Resource },
  ...(Condition ? { Condition } : {}),
});

/** A policy as AWS takes it. */
export const document = (Statement: Statement[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement });

/** Refuse everybody who comes without TLS; for the policy of a resource. */
export const tlsOnly = (action: string, resources: string[]): Statement => ({
  Effect: 'Deny',
  Action: [action],
  Resource: resources,
  Principal: '*',
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
});

/** Who may take a role: one AWS service. */
export function trustService(service: string, account?: string): string {
  const Condition = account ? { Condition: { StringEquals: { 'aws:SourceAccount': account } } } : {};
  return trust([{ Principal: { Service: service }, Action: ['sts:AssumeRole'], ...Condition }]);
}

/**
 * Who may take a role: pods that run as one service account of one cluster (EKS Pod Identity).
 * @param account of the cluster
 */
export function trustPods(
  account: string,
  cluster: string,
  namespace: string,
  serviceAccount: string,
): string {
  const Condition = {
    StringEquals: {
      'aws:SourceAccount': account,
      'aws:RequestTag/eks-cluster-name': cluster,
      'aws:RequestTag/kubernetes-namespace': namespace,
      'aws:RequestTag/kubernetes-service-account': serviceAccount,
    },
  };
  const Action = ['sts:AssumeRole', 'sts:TagSession'];
  return trust([{ Principal: { Service: 'pods.eks.amazonaws.com' }, Action, Condition }]);
}

/** Who may take a role: workflows of one repository, in some situations. */
export function trustWorkflows(provider: string, repository: string, subjects: string[]): string {
  const issuer = 'token.actions.githubusercontent.com';
  const sub = subjects.map((subject) => `repo:${repository}:${subject}`);
  const said = { [`${issuer}:aud`]: 'sts.amazonaws.com', [`${issuer}:sub`]: sub };
  const Condition = { StringEquals: said };
  return trust([
    { Principal: { Federated: provider }, Action: ['sts:AssumeRoleWithWebIdentity'], Condition },
  ]);
}

const trust = (statements: Omit<Statement, 'Effect' | 'Resource'>[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Effect: 'Allow', ...statement })),
  });
