using OptiInfra.Gateway.Pages;

namespace OptiInfra.Gateway.GraphiQL;

static class ExplorerPage
{
    /// <summary>The page itself holds no script and no style, which its content security policy would refuse.</summary>
    public static readonly string WithBundle = Markup.Of($"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>GraphiQL · OptiInfra</title>
        <link rel="icon" href="data:,"><link rel="stylesheet" href="{ExplorerEndpoints.Path}/explorer.css"></head>
        <body><div id="graphiql"></div><script type="module" src="{ExplorerEndpoints.Path}/explorer.js"></script></body></html>
        """).ToString();

    public static readonly string WithoutBundle = Markup.Page("GraphiQL", Markup.Of($"""
        <h1>GraphiQL is not in this build</h1>
        <p>It is bundled by Node.js, which was not there when the gateway was built. With Node.js and npm: <code>npm ci</code> and <code>npm run build</code> in <code>src/Gateway/GraphiQL/Node</code>, then build again.</p>
        <p>Everything else works without it: <code>/graphql</code> answers any client, and <a href="{ExplorerEndpoints.Path}/schema.graphql">the schema</a> says what there is to ask.</p>
        """));
}
