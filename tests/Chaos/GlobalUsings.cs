global using OptiInfra.Chaos.Faults;
global using OptiInfra.Chaos.Fleets;
global using OptiInfra.Chaos.Programs;
