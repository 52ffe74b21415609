import { boundsOf, nameOf, typeOf, type Schema } from './document.ts';

/** What JSON holds: a link where it is a named thing, its fields where it is not. */
export function SchemaView({ schema }: { schema: Schema }) {
  const inner = schema.items ?? schema;
  if (schema.$ref ?? schema.items?.$ref) {
    return (
      <p>
        <TypeWords schema={schema} />
      </p>
    );
  }
  if (inner.properties) return <Fields schema={inner} />;
  return (
    <p>
      <code>{typeOf(schema)}</code> {schema.description}
    </p>
  );
}

function SchemaLink({ schema: { $ref = '' } }: { schema: Schema }) {
  return <a href={`#schema-${nameOf($ref)}`}>{nameOf($ref)}</a>;
}

/** A named thing is a link to where it stands. */
function TypeWords({ schema }: { schema: Schema }) {
  if (schema.$ref) return <SchemaLink schema={schema} />;
  if (!schema.items?.$ref) return <code>{typeOf(schema)}</code>;
  return (
    <>
      <SchemaLink schema={schema.items} />, several
    </>
  );
}

function Fields({ schema: { properties = {}, required = [] } }: { schema: Schema }) {
  return (
    <dl class="api-fields">
      {Object.entries(properties).map(([name, field]) => (
        <div key={name}>
          <dt>
            <code>{name}</code>
            {!required.includes(name) && <span class="soft small"> optional</span>}
          </dt>
          <dd>
            <span class="small">
              <TypeWords schema={field} /> {boundsOf(field)}
            </span>
            {field.description && <span class="soft small"> {field.description}</span>}
            {(field.properties ?? field.items?.properties) && <SchemaView schema={field} />}
          </dd>
        </div>
      ))}
    </dl>
  );
}
