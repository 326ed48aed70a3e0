componentTags: Compartment, Species, Reaction, Parameter, EventNoDelay
testTags: Amount, Concentration, NonUnityCompartment
testType: TimeCourse
