import { DynamodbTable as Table } from '@cdktn/provider-aws/lib/dynamodb-table/index.js';
import { Construct } from 'constructs';

interface Options {
  name: string;
  /** The attribute that names an item. */
  hashKey: string;
  /** The attribute with the time of an item's end, in seconds since 1970. */
  ttl: string;
  keyArn: string;
  protect: boolean;
}

/** An encrypted table that costs by use, with expiry and recovery to any moment of 35 days. */
export class DynamoDbTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, { name, hashKey, ttl, keyArn, protect }: Options) {
    super(scope, id);
    this.table = new Table(this, 'table', {
      ...{ name, hashKey, billingMode: 'PAY_PER_REQUEST', deletionProtectionEnabled: protect },
      attribute: [{ name: hashKey, type: 'S' }],
      ttl: { attributeName: ttl, enabled: true },
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: true, kmsKeyArn: keyArn },
    });
  }
}
