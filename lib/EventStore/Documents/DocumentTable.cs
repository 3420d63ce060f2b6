using System.Globalization;
using System.Text;

namespace OptiInfra.EventStore;

/// <summary>The table of one document type.</summary>
static class DocumentTable
{
    const int LongestIndexPrefix = 54;

    /// <param name="table">Its name: the mapping's own, or a projection's with its version.</param>
    public static string Create(string schema, DocumentMapping mapping, string table)
    {
        var sql = new StringBuilder();
        sql.Append(CultureInfo.InvariantCulture, $"""
            create table if not exists {schema}.{table} (
                tenant_id text not null, id text not null, data jsonb not null, last_modified timestamptz not null,
                primary key (tenant_id, id));
            """);
        foreach (var index in mapping.Indexes)
        {
            // named by what it indexes, so that another expression gets another index
            var name = (uint)StableHash.LockKey(table, index).Class;
            sql.Append(CultureInfo.InvariantCulture, $"\ncreate index if not exists {Shorten(table)}_{name:x8} on {schema}.{table} (tenant_id, {index});");
        }
        return sql.ToString();
    }

    static string Shorten(string name) => name.Length <= LongestIndexPrefix ? name : name[..LongestIndexPrefix];
}
