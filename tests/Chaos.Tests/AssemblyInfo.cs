// one after the other: both have a machine to themselves in mind
[assembly: CollectionBehavior(DisableTestParallelization = true)]
