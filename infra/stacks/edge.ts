import { AcmCertificate } from '@cdktn/provider-aws/lib/acm-certificate/index.js';
import { AcmCertificateValidation } from '@cdktn/provider-aws/lib/acm-certificate-validation/index.js';
import { Route53Record } from '@cdktn/provider-aws/lib/route53-record/index.js';
import { Wafv2WebAcl } from '@cdktn/provider-aws/lib/wafv2-web-acl/index.js';
import type { App } from 'cdktn';
import { EnvironmentStack } from '../constructs/stack.ts';
import type { Environment } from '../settings.ts';

/** What stands between the world and the load balancer, which takes both by their ARNs. */
export function edge(app: App, env: Environment): void {
  const stack = new EnvironmentStack(app, 'edge', env);
  const { host, zoneId } = env.edge;
  const lifecycle = { createBeforeDestroy: true };
  const certificate = new AcmCertificate(stack, 'tls', {
    domainName: host,
    validationMethod: 'DNS',
    lifecycle,
  });
  const proof = certificate.domainValidationOptions.get(0);
  if (zoneId) {
    const record = { name: proof.resourceRecordName, type: proof.resourceRecordType, ttl: 60 };
    const records = [proof.resourceRecordValue];
    const made = new Route53Record(stack, 'tls-proof', { zoneId, ...record, records, allowOverwrite: true });
    const validationRecordFqdns = [made.fqdn];
    new AcmCertificateValidation(stack, 'tls-proven', {
      certificateArn: certificate.arn,
      validationRecordFqdns,
    });
  }
  const acl = makeFirewall(stack);
  stack.output('certificate_arn', certificate.arn);
  stack.output('certificate_proof', { name: proof.resourceRecordName, value: proof.resourceRecordValue });
  stack.output('web_acl_arn', acl.arn);
}

/** AWS's own rules, of which those about sizes only count: bodies are videos. */
const GROUPS = [
  { name: 'AWSManagedRulesAmazonIpReputationList', counted: [] },
  { name: 'AWSManagedRulesKnownBadInputsRuleSet', counted: [] },
  { name: 'AWSManagedRulesCommonRuleSet', counted: ['SizeRestrictions_BODY', 'CrossSiteScripting_BODY'] },
];

/** Requests of one address in five minutes; the gateway limits what is dear more closely. */
const REQUESTS = 6000;

function makeFirewall(stack: EnvironmentStack): Wafv2WebAcl {
  const seen = (metricName: string) => ({
    ...{ metricName, cloudwatchMetricsEnabled: true, sampledRequestsEnabled: true },
  });
  const groups = GROUPS.map(({ name, counted }, at) => ({
    ...{ name, priority: at + 1, overrideAction: { none: {} }, visibilityConfig: seen(name) },
    statement: {
      managed_rule_group_statement: {
        ...{ vendor_name: 'AWS', name },
        rule_action_override: counted.map((rule) => ({ name: rule, action_to_use: { count: {} } })),
      },
    },
  }));
  const rate = {
    ...{ name: 'rate', priority: 0, action: { block: {} }, visibilityConfig: seen('rate') },
    statement: { rate_based_statement: { limit: REQUESTS, aggregate_key_type: 'IP' } },
  };
  return new Wafv2WebAcl(stack, 'firewall', {
    ...{ name: stack.prefix, scope: 'REGIONAL', defaultAction: { allow: {} } },
    ...{ rule: [rate, ...groups], visibilityConfig: seen(stack.prefix) },
  });
}
