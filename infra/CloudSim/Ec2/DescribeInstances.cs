using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Ec2;

public static class DescribeInstances
{
    public static void Answer(Ec2Call call)
    {
        var named = call.NamedInstances();
        var size = call.Number("MaxResults", 5, 1000);
        if (named.Count > 0 && size is not null)
        {
            throw CloudRefusalException.Invalid("InvalidParameterCombination", "The parameter instancesSet cannot be used with the parameter maxResults");
        }

        call.StopIfDryRun();
        var filters = Filters.From(call.Parameters);
        var all = named.Count > 0 ? named : call.Cloud.All;
        var position = Page.Position(nameof(DescribeInstances), call.Parameters["NextToken"]);
        var page = new List<Instance>();
        var more = false;
        for (var index = (int)Math.Min(position, all.Count); index < all.Count; index++)
        {
            var instance = all[index];
            if (!instance.ListedAt(call.Now) || !filters.Match(name => InstanceFilters.ValuesOf(instance, name, call.Now)))
            {
                continue;
            }

            if (page.Count == size)
            {
                more = true;
                position = index;
                break;
            }

            page.Add(instance);
        }

        call.Xml.List("reservationSet", Reservations(page), reservation => call.Xml.WriteReservation(reservation, call.Now));
        if (more)
        {
            call.Xml.Value("nextToken", Page.Token(nameof(DescribeInstances), position));
        }
    }

    private static IEnumerable<List<Instance>> Reservations(List<Instance> instances)
    {
        var reservation = new List<Instance>();
        foreach (var instance in instances)
        {
            if (reservation.Count > 0 && !string.Equals(reservation[0].ReservationId, instance.ReservationId, StringComparison.Ordinal))
            {
                yield return reservation;
                reservation = [];
            }

            reservation.Add(instance);
        }

        if (reservation.Count > 0)
        {
            yield return reservation;
        }
    }
}
