import { Route53Record } from '@cdktn/provider-aws/lib/route53-record/index.js';
import { Sesv2ConfigurationSet } from '@cdktn/provider-aws/lib/sesv2-configuration-set/index.js';
import { Sesv2ConfigurationSetEventDestination } from '@cdktn/provider-aws/lib/sesv2-configuration-set-event-destination/index.js';
import { Sesv2EmailIdentity } from '@cdktn/provider-aws/lib/sesv2-email-identity/index.js';
import { Fn } from 'cdktn';
import { Construct } from 'constructs';

interface Options {
  domain: string;
  /** Name of the configuration set. */
  name: string;
  /** Where bounces and complaints are told. */
  topicArn: string;
  /** The zone of the domain; without it the records are put out for another DNS. */
  zoneId?: string | undefined;
}

/** SES signs with three keys that it rotates. */
const KEYS = [0, 1, 2];

/** A domain that mail may be sent from: DKIM, TLS on the way, and its bounces and complaints told. */
export class SesEmailIdentity extends Construct {
  readonly identity: Sesv2EmailIdentity;
  /** The CNAME records that prove the domain. */
  readonly dkimRecords: { name: string; value: string }[];

  constructor(scope: Construct, id: string, { domain, name, topicArn, zoneId }: Options) {
    super(scope, id);
    const set = new Sesv2ConfigurationSet(this, 'set', {
      configurationSetName: name,
      deliveryOptions: { tlsPolicy: 'REQUIRE' },
      reputationOptions: { reputationMetricsEnabled: true },
      suppressionOptions: { suppressedReasons: ['BOUNCE', 'COMPLAINT'] },
    });
    new Sesv2ConfigurationSetEventDestination(this, 'events', {
      configurationSetName: set.configurationSetName,
      eventDestinationName: 'bounces-and-complaints',
      eventDestination: {
        enabled: true,
        matchingEventTypes: ['BOUNCE', 'COMPLAINT'],
        snsDestination: { topicArn },
      },
    });
    this.identity = new Sesv2EmailIdentity(this, 'identity', {
      emailIdentity: domain,
      configurationSetName: set.configurationSetName,
      dkimSigningAttributes: { nextSigningKeyLength: 'RSA_2048_BIT' },
    });
    this.dkimRecords = KEYS.map((at) => this.record(domain, at));
    if (zoneId) {
      for (const [at, { name: host, value }] of this.dkimRecords.entries()) {
        new Route53Record(this, `dkim-${at}`, {
          zoneId,
          name: host,
          type: 'CNAME',
          ttl: 600,
          records: [value],
        });
      }
    }
  }

  private record(domain: string, at: number) {
    const token = String(Fn.element(this.identity.dkimSigningAttributes.tokens, at));
    return { name: `${token}._domainkey.${domain}`, value: `${token}.dkim.amazonses.com` };
  }
}
