namespace OptiInfra.Gateway.Pages;

static class StyleSheet
{
    public const string Text = """
        :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
        body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8884; }
        td.number, th.number { text-align: right; }
        td.time, td.kind { white-space: nowrap; color: #777; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.5rem; } dt { color: #777; } dd { margin: 0; }
        .chart { width: 100%; height: auto; } .chart text { font-size: 11px; fill: #777; }
        .chart .grid { stroke: #8884; } .chart .move { stroke: #888; stroke-dasharray: 4 3; }
        .chart polyline { fill: none; stroke-width: 1.5; }
        .trainer1 { stroke: #2a78c8; fill: #2a78c8; } .trainer2 { stroke: #c8641e; fill: #c8641e; } .trainer3 { stroke: #3f8f3f; fill: #3f8f3f; } .trainer0 { stroke: #8a5ab4; fill: #8a5ab4; }
        .question { border-left: 4px solid #c80; padding: .4rem .8rem; background: #c801; }
        """;
}
